"""The map of the features: the main directions, the same each time, and what cannot be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from datadiet.errors import ConfigError, DataError
from datadiet.triage import feature_map
from datadiet.triage.feature_map import pca_map, umap_map


@pytest.fixture
def vectors() -> np.ndarray:
    generator = np.random.default_rng(0)
    return (generator.normal(size=(5000, 6)) * [5, 3, 1, 0.5, 0.2, 0.1] + 2).astype(np.float32)


def test_the_map_is_that_of_scikit_learn_up_to_the_sign_of_its_axes(vectors):
    from sklearn.decomposition import PCA

    reference = PCA(2, svd_solver="full").fit(vectors)
    expected, found = reference.transform(vectors), pca_map(vectors)
    for axis in (0, 1):
        sign = np.sign(expected[0, axis] * found.points[0, axis])
        np.testing.assert_allclose(found.points[:, axis], sign * expected[:, axis], atol=1e-3)
    assert found.explained == pytest.approx(reference.explained_variance_ratio_.sum(), abs=1e-4)


def test_the_same_features_give_the_same_map_and_turned_ones_the_same_distances(vectors):
    first = pca_map(vectors).points
    np.testing.assert_array_equal(first, pca_map(vectors.copy()).points)
    turned = pca_map(vectors[:, ::-1].copy()).points
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), np.linalg.norm(turned, axis=1), atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (3, 1)])
def test_few_examples_or_one_feature_still_lie_somewhere(shape):
    found = pca_map(np.arange(np.prod(shape), dtype=np.float32).reshape(shape))
    assert found.points.shape == (shape[0], 2)
    assert np.isfinite(found.points).all()
    assert found.explained == pytest.approx(1.0)


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.zeros(3), np.full((4, 2), np.nan)])
def test_what_is_no_features_is_refused(vectors):
    with pytest.raises(DataError, match="A map needs"):
        pca_map(vectors.astype(np.float32))


def test_umap_without_its_package_says_what_to_install(vectors, monkeypatch):
    monkeypatch.setattr(feature_map, "has_umap", lambda: False)
    with pytest.raises(ConfigError, match="pip install umap-learn"):
        umap_map(vectors)


def test_umap_keeps_two_clumps_apart():
    pytest.importorskip("umap")
    generator = np.random.default_rng(0)
    clumps = [generator.normal(size=(60, 5)) * 0.05 + centre for centre in ([3, 0, 0, 0, 0], [0, 3, 0, 0, 0])]
    points = umap_map(np.concatenate(clumps).astype(np.float32)).points
    distance = np.linalg.norm(points[:60].mean(axis=0) - points[60:].mean(axis=0))
    assert distance > 3 * points[:60].std()
