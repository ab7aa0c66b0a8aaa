"""Notes: kept letter by letter, replaced as a whole, never shown when damaged."""

import pytest

from datadiet.errors import ConfigError, CorruptFileError
from datadiet.store.notes import LONGEST_NOTE, checked_notes, read_note, write_note
from datadiet.store.verify import verify
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "w")


@pytest.mark.parametrize(
    "text", ["plain", "lines\nand\ttabs", "é 漢 \U0001f600", "\udcff not UTF-8", "<b>$x$"]
)
def test_r17_a_note_comes_back_as_it_was_written(workspace, text):
    write_note(workspace, "3f2a", text)
    assert read_note(workspace, "3f2a") == text
    assert read_note(workspace, "other") == ""


def test_the_last_note_holds_and_an_empty_one_takes_it_away(workspace):
    for text in ("first", "second"):
        write_note(workspace, "3f2a", text)
    assert read_note(workspace, "3f2a") == "second"
    write_note(workspace, "3f2a", "")
    assert read_note(workspace, "3f2a") == ""
    assert list(workspace.notes_dir.iterdir()) == []


def test_r5_any_flipped_bit_in_a_note_is_found(workspace):
    write_note(workspace, "3f2a", "blurry scans")
    path = workspace.notes_dir / "3f2a.json"
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CorruptFileError, match=r"3f2a\.json"):
            read_note(workspace, "3f2a")


def test_r5_a_note_in_the_place_of_another_is_refused(workspace):
    write_note(workspace, "3f2a", "mine")
    (workspace.notes_dir / "3f2a.json").rename(workspace.notes_dir / "99aa.json")
    with pytest.raises(CorruptFileError):
        read_note(workspace, "99aa")


def test_r25_verify_reads_notes_too(workspace):
    write_note(workspace, "3f2a", "fine")
    write_note(workspace, "99aa", "spoilt")
    (workspace.notes_dir / "99aa.json").write_text("{}")
    found = {path.name: reason for path, reason in checked_notes(workspace)}
    assert found["3f2a.json"] == ""
    assert "damaged" in found["99aa.json"]
    assert [finding.path.name for finding in verify(workspace) if not finding.is_sound] == ["99aa.json"]


@pytest.mark.parametrize("subject", ["", "../../etc", "a/b", ".", "x" * 65])
def test_only_an_id_can_have_a_note(workspace, subject):
    with pytest.raises(ConfigError):
        write_note(workspace, subject, "x")


def test_a_note_longer_than_is_kept_is_refused(workspace):
    with pytest.raises(ConfigError, match="at most 20,000"):
        write_note(workspace, "3f2a", "x" * (LONGEST_NOTE + 1))
