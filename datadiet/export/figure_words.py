"""What each figure of dynamics shows and what the paper found, three lines each, for page and file alike."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "pruning": (
        "Accuracy of models trained on a part of the images alone, the hardest by a score or a random part, "
        "against the number kept; the level is all images.",
        "Means over retrainings with standard errors; validation accuracy, test accuracy where nothing is "
        "validated; every size takes the steps that the study says.",
        "The paper found EL2N and GraNd at epoch 20 above random down to half of CIFAR-10; GraNd at "
        "initialisation is known not to beat random.",
    ),
    "windows": (
        "Accuracy of models trained on a window: a fixed share of the images, from an offset on in the "
        "score's order, easy to hard.",
        "Means over retrainings with standard errors; the last point of a line keeps the hardest.",
        "The paper found that leaving out the very hardest helps, the more so with label noise.",
    ),
    "curricula": (
        "Accuracy of models that see all images in the end, but in stages: those that come first alone at "
        "first, more at every stage. The level is the usual training on all of them, shuffled.",
        "Means over retrainings with standard errors; every one takes the same steps. In random order the "
        "stages alone are at work, without the score.",
        "The paper names curricula as a use of its scores and does not measure them; Wu, Dyer and Neyshabur "
        "(2021) found that order hardly matters unless labels are noisy or training is short.",
    ),
    "velocity": (
        "How far the tangent kernel of a group of images turns within one epoch: 0 stands still, 1 is a new "
        "kernel. Groups lie side by side in the score's order.",
        "Points are means over seeds with their standard errors; bars below are the share of labels flipped "
        "on purpose.",
        "The paper found that harder groups drive the kernel more, and that under label noise the very "
        "hardest drive it less again.",
    ),
    "paths": (
        "Two networks begin as one, part after some epochs, and see different batches; this is the error of "
        "the networks on the straight line between them.",
        "Means over seeds with standard errors; normalisation statistics are re-estimated on training images "
        "at every point of the line.",
        "The paper found the line flat on easy images soon, while a hill stays on the hardest.",
    ),
    "barriers": (
        "The height of that hill above the line between its ends, against the epoch after which the children "
        "part.",
        "Means over pairs with standard errors; hardest, random and easiest are sets of equal size, on the "
        "labels trained on.",
        "The paper found the barrier gone early on low EL2N and still there at the end on high EL2N.",
    ),
    "forgetting": (
        "Every training image by its rank in one score and by how often it was forgotten: named right, then "
        "wrong when it next came by. A larger circle is more images.",
        "Forgetting events are means over seeds; an image never learned counts once a presentation and lies "
        "at the top.",
        "The paper found that high scores are forgotten more often; EL2N and forgetting correlate by about "
        "0.89 on CIFAR-10.",
    ),
    "agreement": (
        "How far two scores order the training images alike, from easy to hard: 1 is the same order, 0 none, "
        "-1 the reverse.",
        "Rank correlations of the means over seeds; random is the control.",
        "GraNd at initialisation is known to follow the plain input norm (0.96 on CIFAR-10) and not GraNd at "
        "epoch 20 (-0.02).",
    ),
    "settling": (
        "How far a score read at an early epoch orders the images as it does at the end of training.",
        "Points are rank correlations of the means over seeds; bars are standard errors of single seeds' own "
        "correlations.",
        "The paper scores at epoch 10 or 20 of 200; the last epoch is no truth: late scores have memorised "
        "wrong labels.",
    ),
}
