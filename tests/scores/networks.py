"""Small networks, each with one thing that a fast gradient norm could get wrong."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

NUM_CLASSES = 5


def head(num_channels: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(num_channels, NUM_CLASSES)]


def plain() -> nn.Module:
    """Convolutions, batch normalisation and an in-place ReLU, like the quick net."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 12, 3, padding=1),
        nn.BatchNorm2d(12),
        nn.ReLU(inplace=True),
        *head(12),
    )


def in_place_after_first_layer() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True), *head(6))


def two_stems() -> nn.Module:
    """Two stems that meet."""

    class TwoStems(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(3, 6, 1)
            self.tail = nn.Sequential(*head(6))

        def forward(self, x: Tensor) -> Tensor:
            return self.tail(self.left(x) + self.right(x).sigmoid())

    return TwoStems()


class Block(nn.Module):
    """A transformer block on patches, with a class token, a position and a layer scale."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.position = nn.Parameter(torch.randn(1, 5, width))
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.scale = nn.Parameter(torch.ones(width))
        self.mlp = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 12), nn.GELU(), nn.Linear(12, width))
        self.head = nn.Linear(width, NUM_CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.position
        y = self.norm(x)
        x = x + self.scale * self.attention(y, y, y, need_weights=False)[0]
        return self.head((x + self.mlp(x))[:, 0])


class Mixer(nn.Module):
    """Linears over places and over channels: any leading dimensions, nothing but known layers."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 6, 2, stride=2)
        self.places, self.channels = nn.Linear(16, 16), nn.Linear(6, 6)
        self.norm, self.head = nn.LayerNorm([16, 6]), nn.Linear(6, NUM_CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2)  # (B, 6, 16)
        x = self.places(x).transpose(1, 2)
        return self.head(self.norm(self.channels(x).tanh()).mean(dim=1))


class SharedLayer(nn.Module):
    """One convolution called twice: its gradients add before the norm."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.shared = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.tail = nn.Sequential(*head(6))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).tanh()
        return self.tail(self.shared(self.shared(x).tanh()))


class TiedWeights(nn.Module):
    """Two layers with one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(12, 12), nn.Linear(12, 12)
        self.second.weight = self.first.weight
        self.stem, self.last = nn.Conv2d(3, 12, 3), nn.Linear(12, NUM_CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).mean(dim=(2, 3))
        return self.last(self.second(self.first(x).tanh()))


class FunctionalUse(nn.Module):
    """A layer's weight is read outside the layer as well."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mix = nn.Conv2d(3, 6, 3), nn.Linear(6, 6)
        self.last = nn.Linear(6, NUM_CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mix(self.stem(x).mean(dim=(2, 3)))
        return self.last(functional.linear(x.tanh(), self.mix.weight.T))


class HiddenReference(nn.Module):
    """A weight is read through a list that torch.func cannot replace."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mix = nn.Conv2d(3, 6, 3), nn.Linear(6, 6)
        self.last = nn.Linear(6, NUM_CLASSES)
        self.hidden = [self.mix.weight]

    def forward(self, x: Tensor) -> Tensor:
        x = self.mix(self.stem(x).mean(dim=(2, 3)))
        return self.last(x.tanh() @ self.hidden[0])


class Branching(nn.Module):
    """Control flow on a value: torch.func refuses it, one by one does not."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.eye(3))
        self.tail = nn.Sequential(nn.Conv2d(3, 6, 3), *head(6))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.einsum("dc,bchw->bdhw", self.mix, x)
        rows = [row if float(row.detach().mean()) > 0 else 2 * row for row in x]
        return self.tail(torch.stack(rows))


class PlainParameters(nn.Module):
    """A class token, a position, scales that meet maps in every way, one of them twice, and one not read."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.stem, self.mlp = nn.Conv2d(3, width, 4, stride=4), nn.Linear(width, width)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.position = nn.Parameter(torch.randn(1, 5, width))
        self.of_maps = nn.Parameter(torch.randn(width, 1, 1))
        self.of_places = nn.Parameter(torch.randn(width))
        self.of_vectors = nn.Parameter(torch.randn(width))
        self.scalar = nn.Parameter(torch.randn(()))
        self.unused = nn.Parameter(torch.randn(3))
        self.head = nn.Linear(width, NUM_CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = (self.scalar * self.of_maps * self.stem(x)).flatten(2).transpose(1, 2)  # (B, 4, width)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.position
        x = (x + self.of_places * self.mlp(x).tanh()).mean(dim=1) * self.of_vectors
        return self.head(x.tanh() * self.of_vectors)


class BranchingByExample(nn.Module):
    """Control flow on a value of one example, which torch.func refuses and a copy an example does not."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3, 1, 1))
        self.tail = nn.Sequential(nn.Conv2d(3, 6, 3), *head(6))

    def forward(self, x: Tensor) -> Tensor:
        x = x * self.scale
        rows = [row if float(row.detach().mean()) > 0 else 2 * row for row in x]
        return self.tail(torch.stack(rows))


class PlacesFirst(nn.Module):
    """A linear layer sees places in the first dimension, examples in the second."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.mix = nn.Conv2d(3, 6, 3), nn.Linear(6, 6)
        self.last = nn.Linear(6, NUM_CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).flatten(2).permute(2, 0, 1)  # (P, B, C)
        return self.last(self.mix(x).tanh().mean(dim=0))


class MixesBatch(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tail = nn.Sequential(nn.Conv2d(3, 6, 3), *head(6))

    def forward(self, x: Tensor) -> Tensor:
        return self.tail(x - x.mean(dim=0, keepdim=True) if len(x) > 1 else x)


def normalised_by_group() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8), nn.GELU(), *head(8))


def weight_norm() -> nn.Module:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 6, 3)), nn.Tanh(), *head(6))


def transposed() -> nn.Module:
    return nn.Sequential(nn.ConvTranspose2d(3, 6, 3, stride=2), nn.Tanh(), *head(6))


def partly_frozen() -> nn.Module:
    model = plain()
    model[0].weight.requires_grad = False
    model[5].bias.requires_grad = False
    return model


BY_LAYER = {
    "plain": plain,
    "in_place_after_first_layer": in_place_after_first_layer,
    "two_stems": two_stems,
    "mixer": Mixer,
    "group_norm": normalised_by_group,
    "partly_frozen": partly_frozen,
}

BY_COPY = {"plain_parameters": PlainParameters, "branching_by_example": BranchingByExample}

MIXED = {  # by layer where a formula is right, by torch.func elsewhere
    "block": Block,
    "tied_weights": TiedWeights,
    "functional_use": FunctionalUse,
    "places_first": PlacesFirst,
}

BY_TORCH_FUNC = {
    "shared_layer": SharedLayer,
    "weight_norm": weight_norm,
    "transposed": transposed,
}

ONE_BY_ONE = {"hidden_reference": HiddenReference, "branching": Branching}
