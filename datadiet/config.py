"""Settings: frozen, with a unit beside each field, refused on construction when wrong; and run ids.

A configuration is read once (profile, then TOML, then ``--set key=value``) and never written to.
Seeds, selections, checkpoint steps, device and number of workers are arguments, not settings.
"""

from __future__ import annotations

import json
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from datadiet.errors import ConfigError

Profile = Literal["quick", "standard", "paper"]
NoiseKind = Literal["none", "symmetric", "uniform", "permute", "pair", "asymmetric"]


def _no_flag(value: Any) -> Any:
    """Refuse true and false, which pydantic would take for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("it must be a number, not true or false")
    return value


# Numbers have an upper end, so that a slip of the keyboard is a sentence and not a night of training.
NUMBER = BeforeValidator(_no_flag)
Fraction = Annotated[float, NUMBER, Field(ge=0.0, le=1.0)]
PositiveFloat = Annotated[float, NUMBER, Field(gt=0.0)]
BelowOne = Annotated[float, NUMBER, Field(ge=0.0, lt=1.0)]
Decay = Annotated[float, NUMBER, Field(ge=0.0)]
PositiveShare = Annotated[float, NUMBER, Field(gt=0.0, le=1.0)]
Flag = Annotated[bool, Field(strict=True)]
Seed = Annotated[int, NUMBER, Field(ge=0, le=10**9)]
Pixels = Annotated[int, NUMBER, Field(ge=1, le=8192)]
ThumbnailPixels = Annotated[int, NUMBER, Field(ge=8, le=1024)]
Padding = Annotated[int, NUMBER, Field(ge=0, le=8192)]
Epoch = Annotated[int, NUMBER, Field(ge=0, le=100_000)]
NumEpochs = Annotated[int, NUMBER, Field(ge=1, le=100_000)]
NumSteps = Annotated[int, NUMBER, Field(ge=1, le=10**9)]
NumThreads = Annotated[int, NUMBER, Field(ge=1, le=1024)]
NumFolds = Annotated[int, NUMBER, Field(ge=0, le=1000)]
BatchSize = Annotated[int, NUMBER, Field(ge=2, le=10**6)]  # of 2: one image has no batch statistics

PROFILES: tuple[Profile, ...] = ("quick", "standard", "paper")
LATER_SETTINGS = {"initial_resolution": 1.0}  # came when runs existed; what was done before, and is in no id
MODEL_REVISIONS = {"quick": 2}  # of our own nets that changed: runs of one id are trained alike


class FrozenConfig(BaseModel):
    """A settings object that cannot change and takes no unknown name."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataConfig(FrozenConfig):
    """How a source becomes a prepared data set."""

    image_size: Pixels | None = None  # pixels, side of the square; None: chosen from the source
    resize: Literal["crop", "pad"] = "crop"  # shorter side to image_size, centre kept | longer side, padded
    min_side: Pixels = 4  # pixels; a smaller original is skipped
    image_column: str | None = None  # of a manifest or Parquet; None: found by name
    label_column: str | None = None  # of the labels; None: found by name
    true_label_column: str | None = None  # of known true labels; None: true_label, where there is one
    split_column: str | None = None  # of train, validation or test; None: split, where there is one
    id_column: str | None = None  # of names for exports, each once; None: the path or the row
    group_column: str | None = None  # of groups, each kept whole in one split and fold; None: no groups
    test_source: str | None = None  # a second source that is the test split
    data_root: str | None = None  # folder of a torchvision set, or root that manifest paths stay under
    download: Flag = False  # let torchvision fetch
    max_skipped_fraction: Fraction = 0.01  # above this, preparation is refused
    allow_empty_class: Flag = False  # accept a class without a training example
    test_fraction: BelowOne = 0.2  # of all, where the source has no test split
    validation_fraction: BelowOne = 0.1  # of train, where the source has none
    split_seed: Seed = 0  # of the splits that are drawn
    thumbnail_size: ThumbnailPixels = 96  # pixels, longer side


class NoiseConfig(FrozenConfig):
    """Which label flips are planted into train and validation."""

    kind: NoiseKind = "none"  # how a flipped label is drawn
    fraction: Fraction = 0.0  # share of examples chosen; the realised share of wrong labels is reported
    matrix: tuple[tuple[float, ...], ...] | None = None  # (C, C) row-stochastic, for asymmetric
    seed: Seed = 0  # of the flips

    @model_validator(mode="after")
    def _something_is_planted(self) -> Self:
        """Refuse a fraction or matrix that no kind reads, and a kind that would plant nothing.

        Raises:
            ValueError: They do not go together.
        """
        if self.kind == "none" and (self.fraction or self.matrix is not None):
            raise ValueError("noise.kind is none, which plants nothing; leave fraction and matrix out")
        if self.kind == "asymmetric" and self.matrix is None:
            raise ValueError("asymmetric noise needs a transition matrix; give one with --noise-matrix FILE")
        if self.kind == "asymmetric" and self.fraction:
            raise ValueError(
                f"noise.fraction is {self.fraction}, but a transition matrix holds the fractions itself; "
                "leave one of them out"
            )
        if self.kind not in {"none", "asymmetric"} and self.matrix is not None:
            raise ValueError(f"noise.matrix goes with kind asymmetric, not {self.kind}")
        if self.kind not in {"none", "asymmetric"} and not self.fraction:
            raise ValueError(
                f"noise.fraction is 0, so {self.kind} noise would plant nothing; "
                "give a fraction above 0, or leave the noise out"
            )
        return self

    @classmethod
    def parse(cls, text: str, *, seed: int = 0) -> Self:
        """Return the noise that ``KIND:FRACTION`` names, such as ``symmetric:0.1``.

        Raises:
            ConfigError: The text has another form, an unknown kind, or a fraction outside [0, 1].
        """
        kind, colon, fraction = text.partition(":")
        kinds = ("symmetric", "uniform", "permute", "pair", "asymmetric")
        if not colon or kind not in kinds:
            raise ConfigError(
                f"noise is {text!r}; it must be KIND:FRACTION with KIND one of {', '.join(kinds)}."
            )
        try:
            value = float(fraction)
        except ValueError:
            raise ConfigError(f"noise is {text!r}; {fraction!r} is not a number in [0, 1].") from None
        if not 0.0 <= value <= 1.0:
            raise ConfigError.out_of_range("noise fraction", fraction, "in [0, 1]")
        return validated(cls, {"kind": kind, "fraction": value, "seed": seed}, prefix="noise.")


class TrainConfig(FrozenConfig):
    """How one model is trained; an ensemble is one configuration and many seeds.

    Defaults are those of Paul et al. (2021) for ResNet-18 on CIFAR-10, the ``paper`` profile.
    """

    model: str = "resnet18"  # quick, resnet18, resnet50, a torchvision name, or module:factory
    num_epochs: NumEpochs = 200  # passes over the training split; steps follow from it
    num_steps: NumSteps | None = None  # optimizer steps, ending within num_epochs; None: all of them
    batch_size: BatchSize = 128  # examples; the last short batch of an epoch is dropped
    optimizer: Literal["sgd", "muon"] = "sgd"  # muon: on conv weights, SGD on the rest
    lr: PositiveFloat = 0.1  # initial learning rate of SGD, per mean loss over the batch
    muon_lr: PositiveFloat = 0.1  # of the convolutions under muon, for weights of fixed norm
    head_lr: PositiveFloat = 1.0  # of the last linear layer under muon; lr is then that of the other weights
    momentum: BelowOne = 0.9  # of SGD, Nesterov
    muon_momentum: BelowOne = 0.6  # of muon
    weight_decay: Decay = 5e-4  # under muon of the last linear layer alone
    schedule: Literal["step", "linear"] = "step"  # step: lr_drops; linear: to 0 at the last step
    warmup_fraction: Fraction = 0.0  # share of all steps over which the rate first rises linearly
    lr_drops: tuple[Fraction, ...] = (0.3, 0.6, 0.8)  # share of the epochs done at which lr falls
    lr_drop_factor: PositiveShare = 0.2  # what lr is multiplied by at each drop
    crop_padding: Padding = 4  # pixels, reflected, random crop per image
    flip: Flag = True  # random horizontal flip per image
    initial_resolution: PositiveShare = 1.0  # of the image's side in the first epoch; rises to 1 in the last
    precision: Literal["float32", "bfloat16"] = (
        "float32"  # to train and to measure on the way and retrainings; loss, scores: float32
    )
    num_threads: NumThreads = 1  # per unit on CPU; it decides the last bits
    checkpoint_epochs: tuple[Epoch, ...] = (
        0,
        10,
        20,
        200,
    )  # kept; 0 is the initialisation

    def told_apart_by(self) -> dict[str, Any]:
        """Return what ids are made of: settings, but for later ones at rest, and the net's revision."""
        unsaid = {name for name, value in LATER_SETTINGS.items() if getattr(self, name) == value}
        told = self.model_dump(mode="json", exclude=unsaid)
        revision = MODEL_REVISIONS.get(self.model)
        return told if revision is None else {**told, "model_revision": revision}

    @field_validator("lr_drops")
    @classmethod
    def _drops_rise(cls, lr_drops: tuple[float, ...]) -> tuple[float, ...]:
        """Refuse drops out of order, of which nobody could say what was meant."""
        if list(lr_drops) != sorted(set(lr_drops)):
            raise ValueError("the shares must rise, such as [0.3, 0.6, 0.8]")
        return lr_drops

    @model_validator(mode="after")
    def _checkpoints_are_reached(self) -> Self:
        """Refuse checkpoints that no training would write, and a list without both ends."""
        epochs = self.checkpoint_epochs
        if (
            not epochs
            or list(epochs) != sorted(set(epochs))
            or epochs[0] != 0
            or epochs[-1] != self.num_epochs
        ):
            raise ValueError(
                f"checkpoint_epochs is {epochs}; it must rise from 0 to num_epochs ({self.num_epochs})"
            )
        return self


class AuditConfig(FrozenConfig):
    """All settings of an audit; with the data set's id they make the run id."""

    profile: Profile = "quick"  # the recipe that settings of train start from
    num_folds: NumFolds = 0  # K; seed s leaves out fold s mod K; 0: all train on everything
    data: DataConfig = DataConfig()
    noise: NoiseConfig = NoiseConfig()
    train: TrainConfig = TrainConfig()

    @field_validator("num_folds")
    @classmethod
    def _a_fold_leaves_something(cls, num_folds: int) -> int:
        """Refuse a single fold, which would leave out everything."""
        if num_folds == 1:
            raise ValueError("it must be 0, for none, or at least 2")
        return num_folds


C = TypeVar("C", bound=FrozenConfig)


def validated(model: type[C], values: dict[str, Any], *, prefix: str = "") -> C:
    """Return ``model`` made from ``values``.

    Args:
        model: The settings to make.
        values: By name.
        prefix: What the user writes before each name, such as ``train.``.

    Raises:
        ConfigError: A name is unknown or a value is not allowed; the sentence names it as written.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_sentence(error, model, prefix)) from None


def _sentence(error: ValidationError, model: type[FrozenConfig], prefix: str) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    name = f"{prefix}{name}" if name else ""
    if first["type"] == "extra_forbidden":
        return str(ConfigError.unknown_setting(name, setting_names(model, prefix)))
    message = first["msg"].removeprefix("Value error, ")
    value = first["input"]
    if first["type"] == "value_error":
        return f"{message}." if isinstance(value, dict) else f"{name} is {value!r}: {message}."
    return str(ConfigError.out_of_range(name or "The settings", repr(value)[:200], _allowed(first)))


_ALLOWED = {  # by the first word of pydantic's name of an error
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "tuple": "a list, such as [0.3, 0.6]",
    "finite": "a finite number",
    "model": "a table of settings, name = value",
    "dict": "a table of settings, name = value",
}


def _allowed(error: Any) -> str:
    """Return what a setting takes, in words, from pydantic's account of why it did not take a value."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        return f"one of {str(context['expected']).replace(' or ', ', ')}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    bounds = [f"{word} {context[sign]:,}" for sign, word in words.items() if sign in context]
    return bounds[0] if bounds else _ALLOWED.get(kind.split("_")[0], str(error["msg"]))


def setting_names(model: type[FrozenConfig], prefix: str = "") -> list[str]:
    """Return the dotted names of all settings of ``model``, such as ``train.lr``."""
    names: list[str] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, FrozenConfig):
            names += setting_names(kind, f"{prefix}{name}.")
        else:
            names.append(f"{prefix}{name}")
    return names


def check_names(settings: dict[str, Any], prefix: str = "") -> None:
    """Check that every name in nested ``settings`` is one of AuditConfig's, before anything is done.

    Raises:
        ConfigError: One is not; the sentence has the nearest that is.
    """
    known = setting_names(AuditConfig)
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if any(each.startswith(f"{name}.") for each in known):
            if not isinstance(value, dict):
                table = f"a table of settings: [{name}] and lines of name = value below it"
                raise ConfigError.out_of_range(name, repr(value)[:200], table)
            check_names(value, f"{name}.")
        elif name not in known:
            raise ConfigError.unknown_setting(name, known)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the settings of a TOML file, nested.

    Raises:
        ConfigError: The file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not a TOML file: {error}.") from error


def parse_settings(assignments: list[str]) -> dict[str, Any]:
    """Return nested settings from ``key=value`` texts; a value is read as JSON, else kept as text.

    Raises:
        ConfigError: A text has no ``=``, or a name is unknown.
    """
    known = setting_names(AuditConfig)
    nested: dict[str, Any] = {}
    for text in assignments:
        key, equals, raw = (part.strip() for part in text.partition("="))
        if not equals or not key or not raw:
            missing = "value" if key else "name"
            raise ConfigError(
                f"--set {text} has no {missing}; write --set key=value, such as --set train.lr=0.05."
            )
        if key not in known:
            raise ConfigError.unknown_setting(key, known)
        *parents, leaf = key.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = _json_or_text(raw)
    return nested


def _json_or_text(raw: str) -> Any:
    try:
        return json.loads(raw)
    except json.JSONDecodeError:
        return raw


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``over`` put in place, nested dictionaries merged."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def digest(*parts: object) -> str:
    """Return 16 hex digits that depend on ``parts`` alone, given as JSON-able values."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()[:16]


def run_id(config: AuditConfig, *, dataset_id: str, reviews_digest: str = "") -> str:
    """Return the id of the run: what is trained, on what; not where, nor with how many seeds.

    Args:
        config: The resolved settings; of ``data`` nothing counts, since ``dataset_id`` covers it.
        dataset_id: Fingerprint of the prepared data, splits included.
        reviews_digest: Digest of the applied decisions, empty for none.
    """
    noise = config.noise.model_dump(mode="json")
    train = config.train.told_apart_by()
    del train["checkpoint_epochs"]
    return digest(dataset_id, config.num_folds, noise, train, reviews_digest)
