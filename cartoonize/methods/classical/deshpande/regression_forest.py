"""A regression forest kept as tensors: scikit-learn grows the trees, a short loop of our own walks them.

It tells for every row of features what to expect and how sure that is: the mean of the training rows that
share its leaf and their variance, over all trees (the law of total variance).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.methods.classical.common.fitted import Learned, check_range

#: Trees of a forest.
N_TREES = 12
#: Features that are tried at a split, as a share of all.
TRIED = 0.15


class Forest(Learned):
    """Trees from features to several values; without a fit, one leaf of value 0.

    Parameters
    ----------
    n_values, n_features : int
        Numbers that are predicted for a row of features, and length of one.
    """

    roots: Tensor
    """(trees,) int32: the nodes to start from."""
    branches: Tensor
    """(nodes, 2) int32: where to go from a node if its feature is at most its threshold, and if not; -1, -1
    at a leaf."""
    feature: Tensor
    """(nodes,) int32."""
    threshold: Tensor
    """(nodes,) float32."""
    values: Tensor
    """(nodes, values) float32: means."""
    variance: Tensor
    """(nodes,) float32: of one training row around the mean, summed over the values."""

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
        self, features: NDArray[np.float32], targets: NDArray[np.float32], *, smallest: int, seed: int
    ) -> None:
        """Grow the trees, each on rows drawn with replacement.

        Parameters
        ----------
        features : ndarray of float32, shape (n, features)
        targets : ndarray of float32, shape (n, values)
        smallest : int
            Fewest rows of a leaf.
        seed : int
        """
        from sklearn.ensemble import RandomForestRegressor

        model = RandomForestRegressor(
            N_TREES, min_samples_leaf=smallest, max_features=TRIED, n_jobs=-1, random_state=seed
        )
        self.take([tree.tree_ for tree in model.fit(features, targets).estimators_])

    def take(self, trees: list[Any]) -> None:
        """Keep the trees of scikit-learn (`tree_`), which were grown by the squared error."""
        starts = np.cumsum([0, *(tree.node_count for tree in trees)])
        branches, thresholds, values, variances = [], [], [], []
        for start, tree in zip(starts, trees, strict=False):
            both = np.stack([tree.children_left, tree.children_right], 1)
            branches.append(np.where(both < 0, -1, both + start))
            thresholds.append(_float_below(tree.threshold))
            values.append(tree.value[..., 0])
            variances.append(tree.impurity * tree.n_outputs)  # which is a mean over the values
        self.roots = torch.from_numpy(starts[:-1].astype(np.int32))
        self.branches = torch.from_numpy(np.concatenate(branches).astype(np.int32))
        self.feature = torch.from_numpy(np.concatenate([np.maximum(t.feature, 0) for t in trees])).int()
        self.threshold = torch.from_numpy(np.concatenate(thresholds))
        self.values = torch.from_numpy(np.concatenate(values)).float()
        self.variance = torch.from_numpy(np.concatenate(variances)).float()

    def predict(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what to expect, (n, values), and its variance, (n,), for rows of features (n, features)."""
        nodes = (self.roots, self.branches, self.feature, self.threshold, self.values, self.variance)
        return _walk(np.ascontiguousarray(features, np.float32), *(node.cpu().numpy() for node in nodes))

    def check(self) -> None:
        """Raise `ValueError` if a branch leads nowhere, or back."""
        n = len(self.branches)
        lengths = {len(b) for b in (self.feature, self.threshold, self.values, self.variance)}
        inner = self.branches[:, 0] >= 0
        check_range(self.roots, 0, n - 1)
        check_range(self.branches, -1, n - 1)
        check_range(self.feature, 0, self._n_features - 1)
        onward = self.branches[inner] > torch.arange(n)[inner, None]
        if lengths != {n} or not onward.all() or len(self.roots) == 0:
            raise ValueError("no trees")


def _float_below(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round down to float32, so that no float32 feature goes another way than with the exact threshold."""
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
