"""A client of `lamina serve`, generated from the API's own description: client.py URL PICTURE PSD.

Queues the picture, waits for the job and fetches its Photoshop file.
"""

import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def generated(url):
    """The package that openapi-python-client makes of the description."""
    folder = tempfile.mkdtemp()
    program = Path(sys.executable).with_name("openapi-python-client")
    subprocess.run(
        [program, "generate", "--url", f"{url}/openapi.json", "--meta", "none", "--output-path", f"{folder}/lamina_client"],
        check=True,
    )
    sys.path.insert(0, folder)
    return lambda name: importlib.import_module(f"lamina_client.{name}")


def main(url, picture, psd):
    load = generated(url)
    client = load("client").Client(base_url=url)
    form = load("models.decomposition_form").DecompositionForm(
        picture=load("types").File(payload=open(picture, "rb"), file_name=Path(picture).name, mime_type="image/png"),
        layers="3",
    )
    job = load("api.decompositions.submit").sync(client=client, body=form)
    if not hasattr(job, "state"):
        sys.exit(job.detail)
    while job.state.value in ("queued", "running"):
        time.sleep(0.1)
        job = load("api.decompositions.one").sync(job.id, client=client)
    if job.state.value != "done":
        sys.exit(f"{job.state}: {job.error}")
    document = client.get_httpx_client().get(job.links.document)
    Path(psd).write_bytes(document.content)


if __name__ == "__main__":
    main(*sys.argv[1:])
