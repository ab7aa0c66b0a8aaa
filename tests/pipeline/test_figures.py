"""The figures of a run: what is there, what is missing, where they are written."""

import pandas as pd
import pytest
import tiny_set
from PIL import Image

from datadiet.errors import StoreError
from datadiet.pipeline.analyse import analyse_connectivity, analyse_ntk
from datadiet.pipeline.analyses import NtkSettings, PathSettings
from datadiet.pipeline.figures import findings, missing_figures, write_figures
from datadiet.pipeline.progress import Silent

HERE = {"device": "cpu", "num_workers": 0, "progress": Silent()}
OF_SCORES = ["forgetting-el2n", "forgetting-grand", "agreement", "settling"]


def test_without_analyses_the_scores_are_drawn_and_the_rest_is_named_with_its_command(tiny):
    assert [each.name for each in findings(tiny)] == OF_SCORES
    missing = missing_figures(tiny)
    words = [each.command for each in missing]
    assert any(f"datadiet analyse {tiny.run_id} ntk" in each for each in words)
    assert any(f"datadiet analyse {tiny.run_id} connectivity" in each for each in words)
    assert any("--rule hardest --score el2n " in each for each in words)
    assert any("--method grand --epoch 0" in each for each in words)
    assert any("--rule random" in each for each in words)
    assert all(each.seconds is None or each.seconds > 0 for each in missing)


def test_what_is_analysed_is_drawn_and_no_longer_missing(own, tmp_path):
    analyse_ntk(own, NtkSettings(group_size=4, num_groups=3, epochs=(0, 2)), **HERE)
    analyse_connectivity(own, PathSettings(spawn_epochs=(2,), alphas=(0.0, 0.5, 1.0)), **HERE)
    drawn = write_figures(own, tmp_path / "figures")
    assert list(drawn.names) == ["velocity", "barriers", "paths", *OF_SCORES]
    assert not any("datadiet analyse" in each.command for each in drawn.missing)
    for name in drawn.names:
        assert len(pd.read_csv(tmp_path / "figures" / f"{name}.csv"))
        with Image.open(tmp_path / "figures" / f"{name}.png") as picture:
            assert picture.format == "PNG"
            assert picture.width == 1600
    page = (tmp_path / "figures" / "figures.html").read_text()
    assert page.count("<h2>") == len(drawn.names) + 1
    assert own.run_id in page
    assert str(tmp_path) not in page
    with pytest.raises(StoreError, match="exists"):
        write_figures(own, tmp_path / "figures")
    write_figures(own, tmp_path / "figures", overwrite=True)


def test_nothing_is_written_into_the_source(tmp_path):
    images, labels = tiny_set.pictures()
    for number, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        folder = tmp_path / "set" / tiny_set.CLASS_NAMES[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    run = tiny_set.audited(tmp_path / "w", source=str(tmp_path / "set"), seeds=1, folds=0)
    with pytest.raises(StoreError, match="source"):
        write_figures(run, tmp_path / "set" / "figures")
    assert not (tmp_path / "set" / "figures").exists()


def test_a_refused_folder_is_not_left_behind(own, tmp_path):
    inside = own.files.workspace.root / "figures"
    with pytest.raises(StoreError, match="inside the workspace"):
        write_figures(own, inside)
    assert not inside.exists()
    blocked = tmp_path / "figures"
    blocked.mkdir()
    (blocked / "agreement.csv").mkdir()
    with pytest.raises(StoreError, match="is a folder"):
        write_figures(own, blocked)
    assert blocked.exists()
