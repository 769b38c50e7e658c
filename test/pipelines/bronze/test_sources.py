"""Which source is read, and with which options: without brokers and without a workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.bronze import auto_loader
from pipelines.bronze import files as file_source_module
from pipelines.bronze.ingest import run_bronze
from pipelines.bronze.kafka import reader_options
from pipelines.config.document import KafkaAuth, KafkaSource, SecretRef
from pipelines.config.load import load_document
from pipelines.config.parameters import resolve
from pipelines.delta import Commit
from pipelines.errors import ParameterError, SourceError
from pipelines.ops.bronze_versions import BronzeVersions

USER, PASSWORD = SecretRef("kafka", "user"), SecretRef("kafka", "password")
SECRETS = {
    ("kafka", "user"): 'us"er',
    ("kafka", "password"): "p\\w;",
    ("kafka", "ca"): "-----BEGIN CERTIFICATE-----",
    ("kafka", "chain"): "chain",
    ("kafka", "private"): "private",
}


def options(auth: KafkaAuth | None = None, in_workspace: bool = False, **settings: object) -> dict[str, str]:
    source = KafkaSource("t", "b:9092", "earliest", None, True, "quarantine", auth)
    source = replace(source, **settings)
    return reader_options(source, lambda ref: SECRETS[ref.scope, ref.key], in_workspace)


def test_a_broker_that_takes_anybody() -> None:
    assert options(starting_offsets="latest", max_offsets_per_trigger=7, fail_on_data_loss=False) == {
        "kafka.bootstrap.servers": "b:9092",
        "subscribe": "t",
        "startingOffsets": "latest",
        "failOnDataLoss": "false",
        "includeHeaders": "true",
        "maxOffsetsPerTrigger": "7",
    }


def test_user_name_and_password_are_escaped() -> None:
    found = options(KafkaAuth("SASL_SSL", username=USER, password=PASSWORD, mechanism="SCRAM-SHA-512"))
    assert found["kafka.security.protocol"] == "SASL_SSL"
    assert found["kafka.sasl.mechanism"] == "SCRAM-SHA-512"
    assert found["kafka.sasl.jaas.config"] == (
        "org.apache.kafka.common.security.scram.ScramLoginModule required "
        'username="us\\"er" password="p\\\\w;";'
    )


def test_databricks_has_kafka_under_another_package() -> None:
    found = options(KafkaAuth("SASL_SSL", "PLAIN", USER, PASSWORD), in_workspace=True)
    assert found["kafka.sasl.jaas.config"].startswith(
        "kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule required "
    )


def test_certificates_are_given_as_text() -> None:
    auth = KafkaAuth(
        protocol="SSL",
        ca_certificate=SecretRef("kafka", "ca"),
        client_certificate=SecretRef("kafka", "chain"),
        client_key=SecretRef("kafka", "private"),
    )
    found = {name: value for name, value in options(auth).items() if name.startswith("kafka.s")}
    assert found == {
        "kafka.security.protocol": "SSL",
        "kafka.ssl.truststore.type": "PEM",
        "kafka.ssl.truststore.certificates": "-----BEGIN CERTIFICATE-----",
        "kafka.ssl.keystore.type": "PEM",
        "kafka.ssl.keystore.certificate.chain": "chain",
        "kafka.ssl.keystore.key": "private",
    }


def test_a_service_credential_is_enough_in_a_workspace_and_nothing_here() -> None:
    auth = KafkaAuth("SASL_SSL", service_credential="kafka")
    found = options(auth, in_workspace=True)
    assert found["databricks.serviceCredential"] == "kafka"
    assert not [name for name in found if name.startswith(("kafka.sasl", "kafka.security", "kafka.ssl"))]
    with pytest.raises(SourceError, match="works in a workspace only"):
        options(auth)


def test_auto_loader_reads_whole_files_once() -> None:
    assert auto_loader.reader_options(50) == {
        "cloudFiles.format": "binaryFile",
        "cloudFiles.maxFilesPerTrigger": "50",
        "cloudFiles.allowOverwrites": "false",
        "recursiveFileLookup": "true",
    }


@pytest.mark.parametrize(
    ("file_source", "landing", "taken_by"),
    [
        ("ledger", "/Volumes/main/bronze/landing", "ledger"),
        ("cloudFiles", "/Volumes/main/bronze/landing", "cloudFiles"),
        ("cloudFiles", "/home/me/.medallion/volumes/main/bronze/landing", "ledger"),
    ],
)
def test_auto_loader_is_for_workspaces_only(
    monkeypatch: pytest.MonkeyPatch, file_source: str, landing: str, taken_by: str
) -> None:
    took: list[str] = []

    def taking(name: str) -> Callable[..., Commit]:
        def take(*_: object) -> Commit:
            took.append(name)
            return Commit(7, "WRITE", {})

        return take

    monkeypatch.setattr(auto_loader, "ingest_files", taking("cloudFiles"))
    monkeypatch.setattr(file_source_module, "ingest_files", taking("ledger"))
    parameters = resolve(None, {"file_source": file_source, "volume_root": "/"}, {}, "main", "run")
    parameters = replace(parameters, landing=landing)
    ctx: Any = SimpleNamespace(parameters=parameters, bronze_versions=BronzeVersions(None, parameters.tables))
    result = run_bronze(ctx, load_document(None).topic("orders"))
    assert (took, result.version, result.idle) == ([taken_by], 7, False)


def test_what_finds_new_files_is_one_of_two() -> None:
    with pytest.raises(ParameterError, match="file_source is 'sftp'; allowed: ledger, cloudFiles"):
        resolve(None, {"file_source": "sftp"}, {}, "main", "run")
