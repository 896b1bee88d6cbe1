from django.apps import AppConfig


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = "新闻栏目"

    def ready(self):
        from news.hidden import places_showing
        from projects.redactions import elsewhere

        elsewhere.append(places_showing)
