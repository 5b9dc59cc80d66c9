"""The web application: how it is put together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_compress import Compress
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from charter.config import Settings
from charter.database.engine import make_engine, session_factory
from charter.jobs import wake_function
from charter.services.jobs import WAKE
from charter.web import account, assessment, coalition, grants, learning, member, mentor, plan, public, respondent
from charter.web.access_log import keep_staff_out_of_access_logs
from charter.web.errors import register_errors
from charter.web.health import blueprint as health_blueprint
from charter.web.own_device import register_own_device
from charter.web.rendering import register_rendering
from charter.web.repeats import register_repeats
from charter.web.request_log import register_request_log
from charter.web.requests import register_requests

ROOT = Path(__file__).resolve().parent.parent.parent

csrf = CSRFProtect()


def build_app(settings: Settings | None = None) -> Flask:
    """See `charter.create_app`."""
    settings = settings or Settings()
    app = Flask(
        "charter",
        root_path=str(ROOT / "charter"),
        template_folder=str(ROOT / "templates" / "web"),
        static_folder=str(ROOT / "charter" / "static"),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}
    # Plain names only where there is no TLS: a browser refuses __Host- there.
    app.config.update(
        SECRET_KEY=settings.key,
        SESSION_COOKIE_NAME="__Host-charter" if settings.is_https else "charter",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,  # how long a log-in lasts is known to the database, not to the cookie
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_absolute_hours),
        MAX_CONTENT_LENGTH=settings.upload_limit + 512 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: whoever writes for an hour must not lose it
        WTF_CSRF_SSL_STRICT=settings.is_https,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        TEMPLATES_AUTO_RELOAD=False,
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "image/svg+xml", "application/json"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=2,  # a tenth more bytes than at 4, in a third of the time
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions["charter.settings"] = settings
    engine = make_engine(settings.database)
    app.extensions["charter.engine"] = engine
    app.extensions["charter.sessions"] = session_factory(engine, info={WAKE: wake_function(settings)})
    keep_staff_out_of_access_logs()
    register_request_log(app)
    if settings.metrics_token.get_secret_value():
        # Only whoever wants figures pays for them.
        from charter.web.metrics import register_metrics

        register_metrics(app)
    Compress(app)
    register_requests(app)
    csrf.init_app(app)
    # Mail programs send it without cookies (RFC 8058); its address is signed.
    csrf.exempt(account.mails.unsubscribe)
    register_rendering(app)
    register_own_device(app)
    register_repeats(app)
    register_errors(app)
    for audience in (public, account, respondent, member, mentor, coalition, assessment, plan, learning, grants):
        app.register_blueprint(audience.blueprint)
    app.register_blueprint(health_blueprint)
    return app
