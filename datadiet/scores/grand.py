"""GraNd: the norm of each example's loss gradient over all trainable parameters."""

from __future__ import annotations

from datadiet.scores.method import Method

METHOD = Method(
    name="grand",
    direction="high",
    reads="gradient",
    meaning="Norm of the example's own loss gradient over all parameters: how hard it pulls on the model.",
    source="Paul, Ganguli & Dziugaite 2021, arXiv:2107.07075",
    compute=lambda batch: batch.gradient_norms,
)
