"""What a new audit is to do, as one value: made by the page, checked in sentences, given to the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from datadiet.config import (
    AuditConfig,
    NoiseConfig,
    TrainConfig,
    merged,
    parse_settings,
    validated,
)
from datadiet.errors import ConfigError
from datadiet.pipeline.reaudit import reaudit_arguments
from datadiet.pipeline.run import Run

BUILT_IN = ("digits",)  # comes along; the others are torchvision's
MODELS = ("quick", "resnet18", "resnet50", "mobilenet_v3_small", "efficientnet_b0", "convnext_tiny")
ELSEWHERE = {  # settings that the page has a place for, or that name places and code
    "data.test_source": "choose the test set under “How the images are read”",
    "data.data_root": "choose its folder under “How the images are read”",
    "data.download": "use the switch under “How the images are read”",
    "noise.matrix": "start such an audit from the command line, with --noise-matrix",
    "train.model": "choose the model above",
    "profile": "choose the profile above",
}


@dataclass(frozen=True)
class AuditForm:
    """The choices of the page; empty text and None leave a choice to the audit."""

    source: str = ""
    test_source: str = ""
    data_root: str = ""
    download: bool = False
    image_size: int | None = None  # pixels
    resize: str = ""
    image_column: str = ""
    label_column: str = ""
    true_label_column: str = ""
    split_column: str = ""
    id_column: str = ""
    group_column: str = ""
    max_skipped: float | None = None  # fraction
    allow_empty_class: bool = False
    apply_reviews: str = ""
    profile: str = "quick"
    seeds: int | None = None
    folds: int | None = None
    model: str = ""
    noise: str = ""  # KIND:FRACTION
    noise_seed: int | None = None
    device: str = ""
    lean: bool = False
    name: str = ""
    settings: tuple[str, ...] = ()  # KEY=VALUE

    def argv(self, workspace: Path) -> list[str]:
        """Return the command's arguments.

        Args:
            workspace: Folder of the workspace.
        """
        words = ["audit", self.source, f"--workspace={workspace}"]
        for field in fields(self):
            value, option = getattr(self, field.name), option_of(field.name)
            if field.name in {"source", "settings"} or value is None or value is False or value == "":
                continue
            words.append(option if value is True else f"{option}={value}")
        return [*words, *(f"--set={setting}" for setting in self.settings)]

    def look_argv(self, workspace: Path) -> list[str]:
        """Return the arguments that prepare and plan the same, and train nothing."""
        return [*self.argv(workspace), "--dry-run", "--json"]

    @property
    def data_part(self) -> AuditForm:
        """Return the choices that decide which images and labels are looked at; the others as they begin."""
        names = [field.name for field in fields(self)]
        kept = names[: names.index("profile")]
        settings = tuple(each for each in self.settings if each.startswith("data."))
        return replace(AuditForm(), settings=settings, **{name: getattr(self, name) for name in kept})


def option_of(name: str) -> str:
    """Return the option of the command that a choice becomes."""
    return f"--{name.replace('_', '-')}"


def form_of(argv: Sequence[str]) -> AuditForm:
    """Return the choices that a command's arguments stand for: what :meth:`AuditForm.argv` made.

    Args:
        argv: Of a job; words that are no choice of the page are passed over.
    """
    kinds = {option_of(field.name): field for field in fields(AuditForm)}
    found: dict[str, Any] = {"source": argv[1] if len(argv) > 1 else ""}
    settings = []
    for word in argv[2:]:
        option, equals, value = word.partition("=")
        if option == "--set":
            settings.append(value)
        elif option in kinds and option != "--source":
            found[kinds[option].name] = _value(str(kinds[option].type), value) if equals else True
    return AuditForm(**found, settings=tuple(settings))


def _value(kind: str, text: str) -> Any:
    if kind.startswith("int"):
        return int(text)
    return float(text) if kind.startswith("float") else text


def form_of_run(run: Run) -> AuditForm:
    """Return the choices that audit the images of a run again, with its decisions applied.

    All settings are the run's; flips that were planted are not planted again.

    Args:
        run: The run that was reviewed.

    Raises:
        NotFoundError: Its source cannot be opened from here.
    """
    verb, source, *words = reaudit_arguments(run)
    pairs = list(zip(words[::2], words[1::2], strict=True))
    settings = [f"--set={value}" for option, value in pairs if option == "--set"]
    others = [f"{option}={value}" for option, value in pairs if option != "--set"]
    return form_of([verb, source, *others, *settings])


def sentences(form: AuditForm, taken_names: Sequence[str] = ()) -> dict[str, str]:
    """Return what is wrong with a form: the name of the field -> a sentence; empty where nothing is.

    Args:
        form: What was chosen.
        taken_names: Names of other runs.
    """
    found = {}
    if not form.source:
        found["source"] = "Choose what to audit."
    if form.name in taken_names and form.name:
        found["name"] = f"The name “{form.name}” belongs to another run; choose another one."
    checks = {"noise": _check_noise, "folds": _check_folds, "settings": _check_settings}
    if form.apply_reviews:
        checks = {}  # a run's own settings, that held already
    for name, check in checks.items():
        try:
            check(form)
        except ConfigError as error:
            found[name] = str(error)
    return found


def _check_noise(form: AuditForm) -> None:
    if form.noise:
        NoiseConfig.parse(form.noise)


def _check_folds(form: AuditForm) -> None:
    if form.folds is not None:
        validated(AuditConfig, {"num_folds": form.folds})


def _check_settings(form: AuditForm) -> None:
    given = parse_settings(list(form.settings))
    for setting in form.settings:
        key = setting.partition("=")[0]
        if key in ELSEWHERE:
            raise ConfigError(f"{key} is not set here; {ELSEWHERE[key]}.")
    train = given.get("train", {})
    epochs = train.get("num_epochs")
    ends = {"checkpoint_epochs": (0, epochs)} if type(epochs) is int and epochs > 0 else {}
    validated(TrainConfig, merged(ends, train), prefix="train.")
    validated(AuditConfig, {key: value for key, value in given.items() if key != "train"})
