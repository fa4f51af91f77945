"""An executor without a shared disk: each job starts in an empty folder of its own, as on a machine of a cloud."""

import os
import shutil
import subprocess
import sys
import tempfile

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import CommonSettings

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=True,
    job_deploy_sources=True,
    # The environment of the test takes the place of the image.
    auto_deploy_default_storage_provider=False,
)


class Executor(RemoteExecutor):
    """Runs each job as a process in an empty folder below ELSEWHERE, which is removed when it succeeded."""

    def get_python_executable(self):
        """Return the Python of the test."""
        return sys.executable

    def run_job(self, job):
        """Start a job; what it prints goes beside its folder."""
        folder = tempfile.mkdtemp(prefix="machine-", dir=os.environ["ELSEWHERE"])
        with open(f"{folder}.log", "w") as log:
            command = self.format_job_exec(job)
            print(command, file=log, flush=True)
            process = subprocess.Popen(command, shell=True, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        self.report_job_submission(SubmittedJobInfo(job, external_jobid=folder, aux={"process": process}))

    async def check_active_jobs(self, active_jobs):
        """Yield the jobs that go on, and report the others."""
        for info in active_jobs:
            async with self.status_rate_limiter:
                status = info.aux["process"].poll()
            if status is None:
                yield info
            elif status == 0:
                shutil.rmtree(info.external_jobid)
                self.report_job_success(info)
            else:
                with open(f"{info.external_jobid}.log") as log:
                    self.report_job_error(info, msg=log.read()[-5000:])

    def cancel_jobs(self, active_jobs):
        """End jobs."""
        for info in active_jobs:
            info.aux["process"].terminate()
