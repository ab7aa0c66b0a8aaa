"""The message that carries a queue to the browser: cards and pictures ahead of need, opinions, progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.components.image_grid.sheets import draw_sheet
from app.components.image_grid.wire import pack_message
from app.decisions import Ack
from app.opinions import OpinionBook
from app.palette import Palette, css_variables
from app.text import plain_name
from app.triage.cards import image_cards
from app.triage.evidence import Evidence
from app.triage.originals import Originals, original_parts
from app.triage.queues import Queue
from datadiet.triage.progress import review_progress

CARDS = 20  # in a chunk
GROUPS = 8  # in a chunk of groups
MOST_MEMBERS = 12  # of a group that are shown
MOST_CHUNKS = 4  # in a message
MOST_CLASSES = 60  # whose exemplars go into a message
SMALL_SIDE = 96  # pixels, of a neighbour or an exemplar
NO_TURN = "none"


@dataclass(frozen=True)
class Deck:
    """A queue of a run, opened by somebody."""

    queue: Queue
    evidence: Evidence
    book: OpinionBook
    who: str
    storage_key: str
    colors: Palette
    start: int | None = None  # place to open at; the first that is not settled by default
    originals: Originals | None = None  # where larger pictures are found again

    @property
    def chunk_size(self) -> int:
        """Return how many cards a chunk holds."""
        return GROUPS if self.queue.is_grouped else CARDS


def deck_message(deck: Deck, asked: Any, ack: Ack | None, *, answered: str) -> bytes:
    """Return the message for the browser.

    A browser that does not have this queue yet gets its order, class names and undo stack along.

    Args:
        deck: What is open; its book was refreshed.
        asked: What came up from the browser, anything: ``have`` (version of the queue it has), ``turn``,
            ``chunks``, ``classes``, ``originals`` and ``after`` (sequence up to which it knows the opinions).
        ack: What became of the operations that came up last.
        answered: Turn whose chunks were sent already.
    """
    asked = asked if isinstance(asked, dict) else {}
    is_new = asked.get("have") != deck.queue.version
    turn = str(asked.get("turn", NO_TURN))[:40]
    blobs: list[bytes] = []
    chunks, classes = _wanted(deck, asked, is_new=is_new, is_answered=turn == answered)
    described = [_chunk(deck, number, blobs) for number in chunks]
    after = 0 if is_new else _number(asked.get("after"))
    header: dict[str, Any] = {
        "version": deck.queue.version,
        "turn": turn,
        "chunks": described,
        "originals": _originals(deck, asked, blobs, is_answered=is_new or turn == answered),
        "exemplars": _exemplars(deck, [*classes, *(_classes_of(described) if is_new else [])], blobs),
        "after": after,
        "sequence": deck.book.sequence,
        "opinions": deck.book.changed_after(after),
        "progress": progress_document(deck) if is_new or deck.book.sequence != after else None,
        "ack": ack.document() if ack else None,
        "colors": css_variables(deck.colors),
    }
    if is_new:
        header["hello"] = _hello(deck)
    return pack_message(header, blobs)


def progress_document(deck: Deck) -> dict[str, Any] | None:
    """Return where the review stands, for the browser; None where the run was not triaged."""
    scores = deck.evidence.scores
    if "mislabel_score" not in scores:
        return None
    progress = review_progress(
        scores[["example_id", "mislabel_score"]], deck.book.decided, deck.evidence.estimate
    )
    return {**asdict(progress), "left": progress.left_words(), "advice": progress.advice()}


def _hello(deck: Deck) -> dict[str, Any]:
    names = deck.evidence.run.class_names
    return {
        "name": deck.queue.name,
        "isGrouped": deck.queue.is_grouped,
        "order": [ids[0] for ids in deck.queue.cards]
        if not deck.queue.is_grouped
        else [list(ids) for ids in deck.queue.cards],
        "numLikely": deck.queue.num_likely,
        "chunkSize": deck.chunk_size,
        "classes": [[plain_name(name), name] for name in names],
        "reviewer": plain_name(deck.who),
        "storageKey": deck.storage_key,
        "runId": deck.evidence.run.run_id,
        "hasOriginals": deck.originals is not None and deck.originals.can_be_found,
        "hasFlips": bool(deck.evidence.scores["is_flipped"].any()),
        "undo": deck.book.undo_stack(deck.who),
        "start": deck.start,
    }


def _wanted(
    deck: Deck, asked: dict[str, Any], *, is_new: bool, is_answered: bool
) -> tuple[list[int], list[int]]:
    """Return the chunks and the classes that the browser asks for; the first chunks where it is new."""
    num_chunks = -(-len(deck.queue.cards) // deck.chunk_size)
    if is_new:
        first = (deck.start or 0) // deck.chunk_size
        return list(range(first, min(first + 2, num_chunks))), []
    if is_answered:
        return [], []
    chunks = _known(asked.get("chunks"), num_chunks)[:MOST_CHUNKS]
    return chunks, _known(asked.get("classes"), len(deck.evidence.run.class_names))[:MOST_CLASSES]


def _known(asked: object, num: int) -> list[int]:
    numbers = [each for each in asked if type(each) is int] if isinstance(asked, list) else []
    return [number for number in dict.fromkeys(numbers) if 0 <= number < num]


def _originals(
    deck: Deck, asked: dict[str, Any], blobs: list[bytes], *, is_answered: bool
) -> list[dict[str, Any]]:
    return [] if is_answered else original_parts(deck.originals, deck.evidence, asked.get("originals"), blobs)


def _number(asked: object) -> int:
    return asked if type(asked) is int and asked >= 0 else 0


def _chunk(deck: Deck, number: int, blobs: list[bytes]) -> dict[str, Any]:
    size = deck.chunk_size
    places = range(number * size, min((number + 1) * size, len(deck.queue.cards)))
    members = {place: deck.queue.cards[place][:MOST_MEMBERS] for place in places}
    ids = [example_id for each in members.values() for example_id in each]
    found = {card["id"]: card for card in image_cards(deck.evidence, ids)}
    near = (
        {each for card in found.values() for each, _ in card["near"]} if not deck.queue.is_grouped else set()
    )
    return {
        "number": number,
        "cards": [
            {
                "members": [found[example_id] for example_id in each],
                "numMembers": len(deck.queue.cards[place]),
                "marks": list(deck.queue.marks[place]) if deck.queue.marks else [],
            }
            for place, each in members.items()
        ],
        "large": _sheet(deck, ids, blobs, None),
        "small": _sheet(deck, sorted(near), blobs, SMALL_SIDE),
    }


def _classes_of(chunks: Sequence[dict[str, Any]]) -> list[int]:
    cards = [member for chunk in chunks for card in chunk["cards"] for member in card["members"]]
    named = {each for card in cards for each in (card["label"], card["suggested"]) if each >= 0}
    return sorted(named)[:MOST_CLASSES]


def _exemplars(deck: Deck, classes: Sequence[int], blobs: list[bytes]) -> dict[str, Any] | None:
    if not classes:
        return None
    found = {each: deck.evidence.exemplars(each) for each in classes}
    ids = list(dict.fromkeys(example_id for each in found.values() for example_id in each))
    return {
        "classes": [[each, ids_of] for each, ids_of in found.items()],
        "sheet": _sheet(deck, ids, blobs, SMALL_SIDE),
    }


def _sheet(deck: Deck, ids: Sequence[int], blobs: list[bytes], side: int | None) -> dict[str, Any] | None:
    """Put the pictures of ``ids`` on a sheet behind the others; return which lies where on it."""
    if not ids:
        return None
    pictures = deck.evidence.pictures(ids)
    sheet = draw_sheet(pictures, side) if side else draw_sheet(pictures)
    blobs.append(sheet.data)
    return {
        "blob": len(blobs) - 1,
        "isSmall": sheet.is_small,
        "pictures": [[example_id, *place] for example_id, place in zip(ids, sheet.places, strict=True)],
    }
