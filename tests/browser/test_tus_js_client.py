"""tus-js-client, the protocol's own client, uploads from a page and continues what broke off."""

import base64

import pytest
from playwright.sync_api import Page

from tests.running import ROOT
from tests.webapp.made import drawn, recent_jobs
from tests.webapp.pages.zips import zipped
from webapp.storage import Stores

CLIENT = ROOT / ".venv" / "npm" / "node_modules" / "tus-js-client" / "dist" / "tus.js"
CHUNK = 2_000
UPLOAD = """
async ([data, chunkSize]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const file = new File([bytes], "Ferien ö.zip", { lastModified: 1 });
  const options = {
    endpoint: `${location.origin}/files/`, chunkSize, metadata: { filename: file.name },
  };
  await new Promise((resolve, reject) => {
    const broken = new tus.Upload(file, {
      ...options, onError: reject, onChunkComplete: () => broken.abort().then(resolve),
    });
    broken.start();
  });
  const upload = new tus.Upload(file, options);
  const [previous] = await upload.findPreviousUploads();
  upload.resumeFromPreviousUpload(previous);
  const offsets = [];
  return new Promise((resolve, reject) => {
    Object.assign(upload.options, {
      onProgress: (sent) => offsets.push(sent),
      onError: reject,
      onSuccess: ({ lastResponse }) =>
        resolve({ first: offsets[0], job: lastResponse.getHeader("Job-Location") }),
    });
    upload.start();
  });
}
"""


@pytest.mark.browser
@pytest.mark.slow
def test_tus_js_client_continues_an_upload_that_broke_off(page: Page, stores: Stores) -> None:
    assert CLIENT.is_file(), "make dev installs it"
    data = zipped(drawn(8)).getvalue()
    assert len(data) > 3 * CHUNK
    page.add_init_script(path=CLIENT)
    page.goto("/")
    told = page.evaluate(UPLOAD, [base64.b64encode(data).decode(), CHUNK])
    (job,) = recent_jobs(stores)
    assert told == {"first": CHUNK, "job": f"/jobs/{job.id}"}
    assert (job.name, job.total) == ("Ferien ö.zip", 8)
    assert stores.files.archive(job.id).read_bytes() == data
