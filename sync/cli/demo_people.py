"""Who is in the school of `sensync demo`, and its sensync.toml. Nobody in it is real."""

from __future__ import annotations

ROBOT = "sensync@school.example"
SENCO = "senco@school.example"
TEACHER = "teacher@school.example"
HEAD = "head@school.example"
PARENT = "parent@home.example"
HALE = "hale@school.example"
IDRIS = "idris@school.example"
DSL = "dsl@school.example"
ACCOUNTS = (
    (SENCO, "The SENCO"),
    (TEACHER, "A teacher"),
    (PARENT, "A parent"),
    (HEAD, "The head"),
    (HALE, "Ms Hale, a teacher"),
    (IDRIS, "Mr Idris, a teacher"),
    (DSL, "The safeguarding lead"),
    (ROBOT, "Sensync (role mailbox)"),
)
"""A new browser acts as the first: never the owner, from whom Google's protection keeps nothing."""

CONFIG = """\
# Made by `sensync demo`. The school, its pupils and this workspace are made up.
[school]
name = "{name}"
la = "{la}"
estab = "{estab}"

[mis]
paths = ["mis"]

[google]
credentials = "token"
token_file = "google.token"
base_url = "{base_url}"

[workbook]
share_with = ["{senco}", "{head}"]
share_with_teachers = ["{senco}", "{teacher}", "{hale}", "{idris}"]

[calendar]
enabled = true
busy_times = true
editors = ["{senco}"]

[post]
by = "gmail"
sender = "{robot}"
sender_name = "{name}"

[booking]
address = "{pages}"
contact = "Call the school office on 01632 960 000."

[concerns]
enabled = true
dsl_name = "Ms Adeyemi"
dsl_phone = "01632 960 199"
dsl_email = "{dsl}"
senco_email = "{senco}"
safeguarding_system = "the Blue Book"
responders = ["school.example"]
pubsub_topic = "{topic}"
pubsub_subscription = "{subscription}"
pubsub_audience = "{audience}"
pubsub_email = "{pusher}"

[addon]
enabled = true
service_account = "{addon_service}"
client_id = "{addon_client}"
domain = "school.example"

[addon.roles]
senco = ["{senco}"]
head = ["{head}"]
teacher = ["{teacher}", "{hale}", "{idris}"]

[store]
url = "sqlite:///sensync.sqlite3"

[log]
file = "sensync.log"
"""
