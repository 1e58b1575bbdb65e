"""The JobSets are whole, agree with themselves, and run commands that exist."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.launch.stand_ins import LAUNCH
from unimr_jax.errors import UserError

FILES = sorted((LAUNCH / "k8s").glob("*.yaml"))
SCHEMA = json.loads(Path(__file__).with_name("jobset.schema.json").read_text())


def read(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text())


def job_of(jobset: dict[str, Any]) -> dict[str, Any]:
    (job,) = jobset["spec"]["replicatedJobs"]
    return job["template"]["spec"]


def pod_of(jobset: dict[str, Any]) -> dict[str, Any]:
    return job_of(jobset)["template"]["spec"]


def flags_of(jobset: dict[str, Any]) -> dict[str, str]:
    (container,) = pod_of(jobset)["containers"]
    assert container["args"][0] == "train"
    return dict(flag.split("=", 1) for flag in container["args"][1:])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
class TestEach:
    def test_is_a_jobset(self, file):
        jsonschema.validate(read(file), SCHEMA, jsonschema.Draft202012Validator)

    def test_with_a_misspelt_field_is_none(self, file):
        jobset = copy.deepcopy(read(file))
        pod_of(jobset)["restartpolicy"] = "Never"
        with pytest.raises(jsonschema.ValidationError, match="'restartpolicy' was unexpected"):
            jsonschema.validate(jobset, SCHEMA, jsonschema.Draft202012Validator)

    def test_starts_every_process_once_and_together(self, file):
        job = job_of(read(file))
        assert job["parallelism"] == job["completions"]
        assert job["completionMode"] == "Indexed"
        assert job["backoffLimit"] == 0, "one process cannot go on without the others"

    def test_does_not_try_a_wrong_config_again(self, file):
        (rule,) = job_of(read(file))["podFailurePolicy"]["rules"]
        (container,) = pod_of(read(file))["containers"]
        assert rule["onExitCodes"]["containerName"] == container["name"]
        assert rule["onExitCodes"]["values"] == [UserError.exit_code]

    def test_keeps_its_workdir_on_a_volume(self, file):
        (container,) = pod_of(read(file))["containers"]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounts.keys() == {volume["name"] for volume in pod_of(read(file))["volumes"]}
        workdir = flags_of(read(file))["--workdir"]
        assert any(workdir.startswith(f"{path}/") for path in mounts.values())

    def test_names_a_config_that_is_in_the_image(self, file):
        config = flags_of(read(file))["--config"]
        assert config.startswith("configs/") and (LAUNCH.parent / config).is_file()

    def test_says_what_to_edit(self, file):
        assert "# EDIT" in file.read_text()


def test_processes_on_gpus_find_the_first_one():
    jobset = read(LAUNCH / "k8s" / "gpu.yaml")
    name, (job,) = jobset["metadata"]["name"], jobset["spec"]["replicatedJobs"]
    flags = flags_of(jobset)
    (container,) = pod_of(jobset)["containers"]
    port = container["ports"][0]["containerPort"]
    assert flags["--coordinator_address"] == f"{name}-{job['name']}-0-0.{name}:{port}"
    assert int(flags["--num_processes"]) == job_of(jobset)["completions"]
    assert flags["--process_id"] == f"$({container['env'][0]['name']})"


def test_a_tpu_slice_has_as_many_processes_as_hosts():
    jobset = read(LAUNCH / "k8s" / "tpu.yaml")
    topology = pod_of(jobset)["nodeSelector"]["cloud.google.com/gke-tpu-topology"]
    rows, columns = map(int, topology.split("x"))
    (container,) = pod_of(jobset)["containers"]
    chips = container["resources"]["limits"]["google.com/tpu"]
    assert rows * columns == chips * job_of(jobset)["completions"]
