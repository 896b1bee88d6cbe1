from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = "计划与任务"

    def ready(self) -> None:
        # Whoever publishes meets the rules of every room, whatever was imported before.
        autodiscover_modules("publishing", "access")
