"""The wording of every message: it names what was written, says what is allowed, and what to do next."""

import inspect
import re
from pathlib import Path

import pytest

from datadiet import errors
from datadiet.errors import (
    ConfigError,
    CorruptFileError,
    DatabaseError,
    DataDietError,
    ImageDecodeError,
    JobError,
    ModelError,
    NotFoundError,
    StoreError,
    TrainingError,
)

PATH = Path("runs/3f2a")
MESSAGES = {
    "ConfigError.unknown_setting": (
        ConfigError.unknown_setting("train.lrr", ["train.lr", "data.resize"]),
        "Unknown setting train.lrr. Did you mean train.lr?",
    ),
    "ConfigError.unknown_choice": (
        ConfigError.unknown_choice("rule", "windw", ["window", "list"]),
        "rule is 'windw'; it must be one of window, list.",
    ),
    "ConfigError.unknown_model": (
        ConfigError.unknown_model("resnet19", ["resnet18", "vgg11"]),
        "model is 'resnet19'; it must be quick, resnet18, resnet50, a classification network of torchvision, "
        "or an import path module:factory. Did you mean resnet18?",
    ),
    "ConfigError.out_of_range": (
        ConfigError.out_of_range("keep_fraction", 2, "in (0, 1]"),
        "keep_fraction is 2; it must be in (0, 1].",
    ),
    "ModelError.batch_statistics": (
        ModelError.batch_statistics("bn1", "BatchNorm2d", "is in training mode"),
        "Layer bn1 (BatchNorm2d) is in training mode, so it mixes the images of a batch and no image has a "
        "gradient of its own. Call model.eval(), and keep running statistics.",
    ),
    "ModelError.depends_on_batch": (
        ModelError.depends_on_batch("Net"),
        "Net gives an image other logits alone than beside another image, so it has no gradient per image. "
        "It must neither mix the images of a batch nor draw random numbers in evaluation mode.",
    ),
    "ModelError.does_not_take": (
        ModelError.does_not_take("vgg11", "8 px images", RuntimeError("too small.\nsecond line")),
        "vgg11 does not take 8 px images: too small. "
        "Choose another --image-size, or --model quick or resnet18.",
    ),
    "ModelError.other_weights": (
        ModelError.other_weights("my:net"),
        "The stored weights are not those of my:net; the model's code changed since they were made. "
        "Audit the data again to train it anew, or go back to the code that made them.",
    ),
    "TrainingError.diverged": (
        TrainingError.diverged(2, 390),
        "Seed 2 diverged: its loss or a weight was no longer a finite number at step 390. "
        "It is left out of every mean; a lower train.lr may help.",
    ),
    "StoreError.disk_full": (
        StoreError.disk_full(PATH, needed=3_000_000, free=1_000_000, inodes=None),
        "runs/3f2a cannot be written: the disk is full (at least 3.0 MB are needed, 1.0 MB are free). "
        "Free some space and run the same command again; what is done stays done.",
    ),
    "StoreError.call_failed": (
        StoreError.call_failed(PATH, "Read-only file system"),
        "runs/3f2a cannot be written: Read-only file system. Mend that, or choose another --workspace, "
        "and run the same command again; what is done stays done.",
    ),
    "StoreError.cannot_read": (
        StoreError.cannot_read(PATH, "Permission denied"),
        "runs/3f2a cannot be read: Permission denied.",
    ),
    "StoreError.newer_layout": (
        StoreError.newer_layout(PATH, layout=4, known=3),
        "runs/3f2a was written by a newer datadiet (layout 4, this one reads up to 3). "
        "Upgrade, or choose another --workspace.",
    ),
    "NotFoundError.no_file": (
        NotFoundError.no_file(PATH),
        "runs/3f2a does not exist. Run the command that makes it first.",
    ),
    "NotFoundError.no_workspace": (
        NotFoundError.no_workspace(Path("w")),
        "There is no workspace at w: it was moved or deleted, its disk is away, or it was never made. "
        "Put it back, or name another with --workspace; nothing is made in its place. datadiet audit and "
        "datadiet dashboard make a new one.",
    ),
    "NotFoundError.unknown_name": (
        NotFoundError.unknown_name("run", "petz", ["pets", "digits"]),
        "There is no run 'petz'. Did you mean pets?",
    ),
    "NotFoundError.ambiguous": (
        NotFoundError.ambiguous("run", "3f", ["3f2a", "3f11"]),
        "'3f' names more than one run: 3f11, 3f2a. Write more of it.",
    ),
    "CorruptFileError.wrong_digest": (
        CorruptFileError.wrong_digest(PATH),
        "runs/3f2a is damaged: its bytes differ from its checksum. "
        "Delete the folder or file it names and run the same command again to compute it anew.",
    ),
    "CorruptFileError.wrong_place": (
        CorruptFileError.wrong_place(PATH, "step 2"),
        "runs/3f2a is damaged: it was published as step 2 and must have been moved or swapped. "
        "Delete it and run the same command again to compute it anew.",
    ),
    "CorruptFileError.file_gone": (
        CorruptFileError.file_gone(PATH),
        "runs/3f2a is missing, though it was published. Delete the folder it was in "
        "and run the same command again to compute it anew.",
    ),
    "CorruptFileError.no_seal": (
        CorruptFileError.no_seal(PATH),
        "runs/3f2a is damaged: no checksum is on record for it. Delete it and run the command that made it "
        "again; for data sets, checkpoints and scores that is datadiet audit.",
    ),
    "CorruptFileError.damaged_review": (
        CorruptFileError.damaged_review(PATH, 7),
        "runs/3f2a: review 7 in the database is damaged: its text differs from its digest. "
        "Put back a copy of the database.",
    ),
    "CorruptFileError.layout_damaged": (
        CorruptFileError.layout_damaged(PATH),
        "runs/3f2a is damaged, so the format of this workspace is not known. If no newer datadiet "
        "wrote it, delete that file and run the same command again.",
    ),
    "DatabaseError.refused": (
        DatabaseError.refused("w.db", "disk I/O error", seconds=30),
        "The database w.db refused: disk I/O error. Nothing was changed; mend that and try again.",
    ),
    "DatabaseError.unusable_url": (
        DatabaseError.unusable_url("no such dialect"),
        "The database URL cannot be used: no such dialect. Write it like sqlite:////folder/workspace.db.",
    ),
    "DatabaseError.newer": (
        DatabaseError.newer("w.db", "0009"),
        "The database w.db was written by a newer datadiet (schema 0009). "
        "Upgrade, or choose another --workspace.",
    ),
    "DatabaseError.gone": (
        DatabaseError.gone(Path("w/workspace.db"), Path("w/workspace.db.made")),
        "w/workspace.db is missing or empty, though it was made: jobs, names of runs and all reviews are in "
        "it. Put back a copy of it; to begin anew without them, delete workspace.db.made beside it.",
    ),
    "DatabaseError.other_operation": (
        DatabaseError.other_operation("a-1"),
        "Operation 'a-1' is stored with another decision. Reviews are never edited: "
        "send the new decision under a new operation id.",
    ),
    "JobError.incomplete": (
        JobError.incomplete("2 done, 1 failed, 0 left", "score seed 1", "Out of memory."),
        "Not everything was done (2 done, 1 failed, 0 left). score seed 1: Out of memory. "
        "Run the same command again to go on.",
    ),
}


def kinds():
    return [
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if each.__module__ == "datadiet.errors"
    ]


def constructors():
    """Yield the name of every named constructor, each under the class that defines it."""
    for kind in kinds():
        yield from (
            f"{kind.__name__}.{name}" for name, value in vars(kind).items() if isinstance(value, classmethod)
        )


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_reads(name):
    error, text = MESSAGES[name]
    assert str(error) == text
    assert "\n" not in text
    assert type(error).__name__ == name.split(".")[0]


def test_every_named_constructor_is_tested_here():
    missing = set(constructors()) - set(MESSAGES)
    assert not missing


def test_every_error_is_a_datadiet_error_and_stands_in_the_tree_of_the_docstring():
    assert all(issubclass(kind, DataDietError) for kind in kinds())
    tree = re.findall(r"── (\w+)", errors.__doc__ or "")
    assert sorted(tree) == sorted(kind.__name__ for kind in kinds() if kind is not DataDietError)


def test_where_nothing_is_near_what_there_is_is_named():
    assert str(ConfigError.unknown_setting("zzz", ["b", "a"])) == "Unknown setting zzz. Known settings: a, b."
    assert (
        str(NotFoundError.unknown_name("run", "zzz", ["b", "a"])) == "There is no run 'zzz'. There are: a, b."
    )
    assert "this workspace holds none yet" in str(NotFoundError.unknown_name("run", "zzz", []))


def test_a_full_disk_says_where_no_file_can_be_made():
    text = str(StoreError.disk_full(PATH, needed=0, free=5_000_000, inodes=0))
    assert "no further file can be made there (no inodes left), 5.0 MB are free" in text
    assert "needed" not in text


def test_a_locked_database_says_how_long_it_was_waited_for():
    text = str(DatabaseError.refused("w.db", "database is locked", seconds=30.2))
    assert text.startswith("The database w.db is locked: another process has held it for 30 seconds.")


def test_work_that_is_left_without_a_failed_unit_says_why():
    text = str(JobError.incomplete("1 done, 0 failed, 2 left", "", "a unit before them failed"))
    assert text.startswith("Not everything was done (1 done, 0 failed, 2 left). a unit before them failed.")


def test_a_picture_that_is_no_picture_has_a_kind():
    assert ImageDecodeError("not an image", kind="not_an_image").kind == "not_an_image"
    assert ImageDecodeError("cut").kind == "unreadable"
