"""Training data: labels, rotated pictures, cells."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.learning.augmentation import Augmentation
from cartoonize.learning.samples import Samples
from cartoonize.learning.training_data import describe_data, load_training_data
from cartoonize.methods.checkpoint import read_header
from cartoonize.methods.member import load_member
from cartoonize.tasks.train import train
from cartoonize.workspace import Credits
from tests.support.training import few_steps


@pytest.mark.parametrize("labels, n_classes", [("episode", 2), ("scene", 4)])
def test_fusion_classifies_episodes_or_scenes(workspace, labels, n_classes):
    """The two training episodes of the drawn films have one cut each."""
    train(workspace, ["fusion"], options=few_steps(settings={"labels": labels}))
    header = read_header(workspace.checkpoint("fusion"))
    assert header["changes"] == {"labels": labels, "n_classes": n_classes}
    assert load_member(workspace.checkpoint("fusion")).module.classes[-1].out_features == n_classes


def test_labels_go_with_their_pictures():
    pictures = np.arange(6, dtype=np.uint8).repeat(256 * 256 * 3).reshape(6, 256, 256, 3) * 40
    none = Augmentation(weights=0, gamma=0, contrast=0, grain=0)
    samples = Samples(pictures, labels=np.arange(6), augmentation=none)
    for number in range(4):
        levels = (samples.batch(number, 5)[0].mean((1, 2, 3))).argsort()
        assert torch.equal(samples.labels_of(number, 5).argsort(), levels)


def test_input_and_target_are_rotated_together():
    """A boundary between two colours lies in the same place in both."""
    pictures = np.zeros((1, 256, 256, 3), np.uint8)
    pictures[:, :, :128] = (200, 40, 40)
    pictures[:, :, 128:] = (40, 40, 90)
    turned = Augmentation(weights=0, gamma=0, contrast=0, grain=0, rotation=20.0, zoom=0.2)
    straight = Augmentation(weights=0, gamma=0, contrast=0, grain=0)
    inputs, ab = Samples(pictures, augmentation=turned).batch(0, 4)
    small = nn.functional.avg_pool2d(inputs, 4)[:, 0]
    red = ab[:, 0] > ab[:, 0].mean()
    assert ((small > 0.3) == red).float().mean() > 0.97
    plain, _ = Samples(pictures, augmentation=straight).batch(0, 4)
    edges = [(picture[0, 0] > 0.3).sum() - (picture[0, -1] > 0.3).sum() for picture in inputs]
    assert all((p[0, 0] > 0.3).sum() == (p[0, -1] > 0.3).sum() for p in plain)
    assert sum(abs(int(e)) > 4 for e in edges) >= 3


def test_cells_of_other_sizes():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3)).astype(np.uint8)
    by_pixel = Samples(pictures, cell=1).batch(0, 2)[1]
    assert by_pixel.shape == (2, 2, 224, 224)
    assert Samples(pictures, cell=2).rows([0, 1])[1].shape == (2, 2, 112, 112)


def test_some_frames_of_credits_are_learned_on_request(workspace):
    manifest = workspace.load()
    record = manifest.episodes["e2"]
    titles = [index for index, _ in record.frames[:5]]
    marked = Credits(marked=((titles[0], titles[-1] + 1),))
    manifest = manifest.with_episodes(replace(record, credits=marked))
    n = {
        learns: len(load_training_data(workspace, manifest, "grey", 0, learn_credits=learns).samples)
        for learns in (False, True)
    }
    assert n[True] == n[False] + 2  # the first and the fifth
    described = [describe_data(workspace, manifest, learn_credits=learns) for learns in (False, True)]
    assert described[0]["frames"] != described[1]["frames"]
