"""Regression forest stored as tensors. Scikit-learn grows the trees; a loop compiled by numba evaluates them.

For each row of features, the forest predicts the mean and the variance of the training rows in the same
leaves, combined over all trees by the law of total variance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.methods.classical.common.fitted_module import FittedModule, check_range

#: Number of trees of a forest.
N_TREES = 12
#: Share of the features that are tried at each split.
TRIED_SHARE = 0.15


class Forest(FittedModule):
    """Trees that map features to several values. Before a fit, there is one leaf of value 0.

    Parameters
    ----------
    n_values, n_features : int
        Numbers of predicted values and of features in a row.
    """

    roots: Tensor
    """(trees,) int32 indices of the root nodes."""
    branches: Tensor
    """(nodes, 2) int32 indices of the next nodes if the feature is at most the threshold, and if it is
    greater; -1, -1 at a leaf."""
    feature: Tensor
    """(nodes,) int32 index of the feature to compare."""
    threshold: Tensor
    """(nodes,) float32 threshold of the feature."""
    values: Tensor
    """(nodes, values) float32 mean of the training rows."""
    variance: Tensor
    """(nodes,) float32 variance of the training rows around the mean, summed over the values."""

    def __init__(self, n_values: int, n_features: int) -> None:
        super().__init__()
        self._n_features = n_features
        self.register_buffer("roots", torch.zeros(1, dtype=torch.int32))
        self.register_buffer("branches", torch.full((1, 2), -1, dtype=torch.int32))
        self.register_buffer("feature", torch.zeros(1, dtype=torch.int32))
        self.register_buffer("threshold", torch.zeros(1))
        self.register_buffer("values", torch.zeros(1, n_values))
        self.register_buffer("variance", torch.zeros(1))

    def fit(
        self, features: NDArray[np.float32], targets: NDArray[np.float32], *, min_rows: int, seed: int
    ) -> None:
        """Grow the trees, each on rows drawn with replacement, and store them.

        Parameters
        ----------
        features : ndarray of float32, shape (n, features)
        targets : ndarray of float32, shape (n, values)
        min_rows : int
            Minimum number of rows in a leaf.
        seed : int
            Seed of the random choices of scikit-learn.
        """
        from sklearn.ensemble import RandomForestRegressor

        model = RandomForestRegressor(
            N_TREES, min_samples_leaf=min_rows, max_features=TRIED_SHARE, n_jobs=-1, random_state=seed
        )
        self.set_trees([tree.tree_ for tree in model.fit(features, targets).estimators_])

    def set_trees(self, trees: list[Any]) -> None:
        """Store trees of scikit-learn (`tree_`) that were grown with the squared error."""
        starts = np.cumsum([0, *(tree.node_count for tree in trees)])
        branches, thresholds, values, variances = [], [], [], []
        for start, tree in zip(starts, trees, strict=False):
            both = np.stack([tree.children_left, tree.children_right], 1)
            branches.append(np.where(both < 0, -1, both + start))
            thresholds.append(_float_below(tree.threshold))
            values.append(tree.value[..., 0])
            variances.append(tree.impurity * tree.n_outputs)  # impurity is a mean over the values
        self.roots = torch.from_numpy(starts[:-1].astype(np.int32))
        self.branches = torch.from_numpy(np.concatenate(branches).astype(np.int32))
        self.feature = torch.from_numpy(np.concatenate([np.maximum(t.feature, 0) for t in trees])).int()
        self.threshold = torch.from_numpy(np.concatenate(thresholds))
        self.values = torch.from_numpy(np.concatenate(values)).float()
        self.variance = torch.from_numpy(np.concatenate(variances)).float()

    def predict(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean, (n, values), and variance, (n,), predicted for rows of features (n, features)."""
        nodes = (self.roots, self.branches, self.feature, self.threshold, self.values, self.variance)
        return _walk(np.ascontiguousarray(features, np.float32), *(node.cpu().numpy() for node in nodes))

    def check(self) -> None:
        """Raise `ValueError` if a branch leads out of the nodes or backwards."""
        n = len(self.branches)
        lengths = {len(b) for b in (self.feature, self.threshold, self.values, self.variance)}
        inner = self.branches[:, 0] >= 0
        check_range(self.roots, 0, n - 1)
        check_range(self.branches, -1, n - 1)
        check_range(self.feature, 0, self._n_features - 1)
        onward = self.branches[inner] > torch.arange(n)[inner, None]
        if lengths != {n} or not onward.all() or len(self.roots) == 0:
            raise ValueError("the nodes do not form trees")


def _float_below(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round thresholds down to float32, which sends every float32 feature the same way as the exact ones."""
    rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)


@njit(cache=True, nogil=True)
def _walk(features, roots, branches, feature, threshold, values, variance):  # type: ignore[no-untyped-def]
    n_rows, n_values = len(features), values.shape[1]
    means, variances = np.zeros((n_rows, n_values)), np.zeros(n_rows)
    for row in range(n_rows):
        for root in roots:
            node = root
            while branches[node, 0] >= 0:
                node = branches[node, 0 if features[row, feature[node]] <= threshold[node] else 1]
            variances[row] += variance[node]
            for k in range(n_values):
                means[row, k] += values[node, k]
                variances[row] += values[node, k] * values[node, k]
        variances[row] /= len(roots)
        for k in range(n_values):
            means[row, k] /= len(roots)
            variances[row] -= means[row, k] * means[row, k]
        variances[row] = max(variances[row], 0.0)
    return means, variances
