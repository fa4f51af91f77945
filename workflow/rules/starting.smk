# How the jobs of a run on this machine start: in forks of a process that has imported their libraries. No rules here.
from snakemake.script import PythonScript

from autocrine.run.preloaded import LIBRARIES, can_fork, find_server, hand_over


def server_of_run():
    """The server of the jobs of this run; none where they are few, start elsewhere, or have environments of their own."""
    if not workflow.local_exec or workflow.deployment_settings.deployment_method:
        return None
    jobs = sum(job.is_script for job in workflow.dag.needrun_jobs())
    audited = "pydeseq2" in (SETTINGS.engine, *SETTINGS.second_opinion)
    return find_server([*LIBRARIES, *(["pydeseq2.ds"] if audited else [])], jobs)


if workflow.is_main_process and can_fork():
    scripts = os.path.normpath(f"{RULES_FOLDER}/../scripts")
    PythonScript.execute_script = hand_over(PythonScript.execute_script, server_of_run, scripts)
