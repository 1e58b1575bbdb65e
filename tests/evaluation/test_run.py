"""Which data an evaluation reads, and how."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from unimr_jax.data.record import BadRecord
from unimr_jax.errors import UserError
from unimr_jax.evaluation.run import _sources
from unimr_jax.training import workdir


@pytest.fixture
def opened(trained, tmp_path):
    """Opens a named data set, of whose two rows one is broken, by what the config says of data."""
    rows = {"id": "a", "lang": "en", "text": "red"}, {"id": "b", "lang": "en"}
    (tmp_path / "dataset.json").write_text("{}")
    (tmp_path / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = workdir.read_config(trained.workdir)

    def opened(**data):
        own = replace(config, data=replace(config.data, **data))
        (source,) = _sources(trained.workdir, own, str(tmp_path), "test").values()
        return source

    return opened


def test_broken_rows_of_a_named_data_set_stop_or_are_skipped(opened, capsys):
    with pytest.raises(BadRecord, match=r"test.jsonl:2: field 'text'"):
        opened()
    assert len(opened(on_bad_record="skip", max_bad_fraction=0.5)) == 1
    assert "skipped 1 of 2 rows" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"data.max_bad_fraction=0.4"):
        opened(on_bad_record="skip", max_bad_fraction=0.4)
