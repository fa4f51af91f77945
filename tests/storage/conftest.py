"""A mock S3 on loopback, where moto is installed."""

import socket
import subprocess
import sys
import time

import pytest

from tests.workflow.conftest import demo  # noqa: F401

BUCKET = "bucket"


@pytest.fixture(scope="module")
def server():
    """The address of a mock S3 on loopback."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def store(server):
    """The bucket."""
    client = pytest.importorskip("boto3").resource(
        "s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    return client.create_bucket(Bucket=BUCKET)
