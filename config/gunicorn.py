"""How gunicorn runs in production: `gunicorn --config python:config.gunicorn`.

Where it listens is said on the command line (`--bind`), and how many processes it has by `WEB_CONCURRENCY`.
"""

import os

from config import logs

wsgi_app = "config.wsgi"
threads = 4
control_socket_disable = True  # it would want a home
accesslog = None  # it would write the links that let patients in; each request has its line all the same
logconfig_dict = logs.settings(os.environ.get("LOG_LEVEL", "INFO"))
