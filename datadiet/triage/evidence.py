"""What an ensemble says about every label, pooled from three witnesses into one set of probabilities.

The witnesses are the ensemble's mean probabilities at the last step, a discriminant on its features
that never sees the example it judges, and, where training was long enough, what the models thought in
training before each update. Pooling is the mean of their log-probabilities, each at its own temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import DataError
from datadiet.triage.discriminant import discriminant_logits
from datadiet.triage.nearest import READ_ROWS, Rows, row_blocks

Labels = NDArray[np.int64]
LogProbabilities = NDArray[np.float32]  # (N, C)

SMALLEST = 1e-6  # added to mean probabilities, so that their logarithm is finite
DISCRIMINANT_WEIGHT = 2 / 3  # of the discriminant against the ensemble's mean
ACCURACY_LAG = 0.05  # below what can be reached, at which an epoch tells e times less
MOST_TRUST = 0.7  # in what was thought in training: the last step never loses its say
EPOCHS_FOR_HALF = 3.0  # telling epochs beyond the first that give half of it
TEMPERATURES = np.exp(np.linspace(-2.3, 2.3, 47))
TEMPERATURE_ROWS = 20_000  # on which a temperature is found


@dataclass(frozen=True)
class SeedEvidence:
    """What one seed saw of all N examples, in row order."""

    probabilities: Rows  # (N, C), evaluation mode, last step
    features: Rows  # (N, D), penultimate, last step
    is_train: NDArray[np.bool_]  # (N,), the seed trained on the example
    minibatch: Rows | None = None  # (N, C), mean log-probabilities in training, before the update; NaN unseen
    epoch_accuracies: tuple[float, ...] = ()  # share of labels agreed with in each epoch's minibatches


@dataclass(frozen=True)
class Opinion:
    """What the ensemble thinks of every example."""

    pooled: LogProbabilities  # (N, C), of all witnesses
    mean_probabilities: NDArray[np.float32]  # (N, C), over all seeds
    left_out_probabilities: NDArray[np.float32]  # (N, C), over the seeds that left it out; NaN without
    is_train: NDArray[np.bool_]  # (N,), at least one seed trained on it

    @property
    def least_biased(self) -> NDArray[np.float32]:
        """Return the mean probabilities over the seeds that left the example out; over all where none did."""
        return np.where(
            np.isnan(self.left_out_probabilities), self.mean_probabilities, self.left_out_probabilities
        )


def pooled_opinion(labels: Labels, seeds: Sequence[SeedEvidence]) -> Opinion:
    """Return what the ensemble thinks of every example.

    Args:
        labels: Shape ``(N,)``, the labels trained on.
        seeds: One a seed that did not diverge.

    Raises:
        DataError: There is no seed, their lengths differ, or none trained on any example.
    """
    if not seeds or any(len(one.is_train) != len(labels) for one in seeds):
        raise DataError(f"Judging {len(labels)} labels needs at least one seed that saw them all.")
    is_train = np.any([one.is_train for one in seeds], axis=0)
    if not is_train.any():
        raise DataError("No seed trained on any of the examples, so their labels cannot be judged.")
    mean, left_out = _mean_probabilities(seeds)
    at_end = tempered(np.log(mean + SMALLEST), labels, is_train)
    features = [one.features for one in seeds]
    judged = discriminant_logits(labels, features, is_train, num_classes=mean.shape[1])
    discriminant = tempered(judged, labels, is_train)
    pooled = (1 - DISCRIMINANT_WEIGHT) * at_end + DISCRIMINANT_WEIGHT * discriminant
    if all(one.minibatch is not None for one in seeds):
        in_training = _mean_minibatch(seeds)
        seen = np.isfinite(in_training).all(axis=1)
        trust = trust_in_training([one.epoch_accuracies for one in seeds], _reachable(labels, seeds))
        heard = tempered(in_training[seen], labels[seen], np.ones(int(seen.sum()), dtype=np.bool_))
        pooled[seen] = (1 - trust) * pooled[seen] + trust * heard
    return Opinion(log_softmax(pooled), mean, left_out, is_train)


def log_softmax(logits: LogProbabilities) -> LogProbabilities:
    """Return the logarithm of the softmax of each row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), dtype=np.float32)


def tempered(logits: LogProbabilities, labels: Labels, is_train: NDArray[np.bool_]) -> LogProbabilities:
    """Return the log-probabilities at the temperature under which the training labels are likeliest."""
    rows = np.flatnonzero(is_train)
    rows = rows[:: max(1, -(-len(rows) // TEMPERATURE_ROWS))]
    sample, own = logits[rows], labels[rows, None]
    losses = [
        -np.take_along_axis(log_softmax(sample / np.float32(t)), own, axis=1).mean() for t in TEMPERATURES
    ]
    return log_softmax(logits / np.float32(TEMPERATURES[int(np.argmin(losses))]))


def trust_in_training(epoch_accuracies: Sequence[Sequence[float]], reachable: float) -> float:
    """Return how much the minibatch opinions count against the other witnesses, in [0, 0.7).

    An epoch tells less, the further it falls short of the accuracy that can be reached on examples
    not trained on. The first and second of three epochs know too little; of 25 epochs nearly all count,
    also those before memorisation. Three telling epochs beyond the first give half of the most.

    Args:
        epoch_accuracies: A row a seed, epochs side by side.
        reachable: Agreement with the labels on examples that a seed left out.

    Returns:
        0 for one epoch; 0 to 0.1 for three; 0.65 for a dozen; below 0.7.
    """
    accuracy = np.asarray(epoch_accuracies, dtype=np.float64).mean(axis=0)
    if accuracy.size == 0:
        return 0.0
    weights = np.exp(-np.maximum(min(reachable, accuracy.max()) - accuracy, 0) / ACCURACY_LAG)
    beyond_first = weights.sum() ** 2 / (weights**2).sum() - 1
    return float(MOST_TRUST * beyond_first**2 / (beyond_first**2 + EPOCHS_FOR_HALF**2))


def _mean_probabilities(
    seeds: Sequence[SeedEvidence],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    num_rows, num_classes = seeds[0].probabilities.shape
    mean = np.zeros((num_rows, num_classes), np.float32)
    left_out = np.zeros_like(mean)
    num_left_out = np.sum([~one.is_train for one in seeds], axis=0)
    for one in seeds:
        for rows in row_blocks(num_rows, READ_ROWS):
            block = np.asarray(one.probabilities[rows], dtype=np.float32)
            mean[rows] += block / len(seeds)
            left_out[rows] += block * ~one.is_train[rows, None]
    left_out /= np.where(num_left_out > 0, num_left_out, np.nan)[:, None]
    return mean, left_out


def _mean_minibatch(seeds: Sequence[SeedEvidence]) -> LogProbabilities:
    num_rows, num_classes = seeds[0].probabilities.shape
    total = np.zeros((num_rows, num_classes), np.float32)
    count = np.zeros((num_rows, 1), np.float32)
    for minibatch in [one.minibatch for one in seeds if one.minibatch is not None]:
        for rows in row_blocks(num_rows, READ_ROWS):
            block = np.asarray(minibatch[rows], dtype=np.float32)
            seen = np.isfinite(block).all(axis=1, keepdims=True)
            total[rows] += np.where(seen, block, 0)
            count[rows] += seen
    return np.asarray(total / np.where(count > 0, count, np.nan), dtype=np.float32)


def _reachable(labels: Labels, seeds: Sequence[SeedEvidence]) -> float:
    """Return the share of labels agreed with among examples that a seed left out; 1 where none did."""
    agreed = total = 0
    for one in seeds:
        for rows in row_blocks(len(labels), READ_ROWS):
            left_out = ~one.is_train[rows]
            if left_out.any():
                predicted = np.asarray(one.probabilities[rows])[left_out].argmax(axis=1)
                agreed += int((predicted == labels[rows][left_out]).sum())
                total += len(predicted)
    return agreed / total if total else 1.0
