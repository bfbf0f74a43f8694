"""What invented tools are composed of: verbs, objects, properties and further parameters."""

# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from .pen import is_held_out, table
from .tool_families import Field

# verb | what the object is afterwards | another word that requests use
VERBS = table("""
open|open|unfold
close|closed|shut
lock|locked|bolt
unlock|unlocked|unbolt
start|running|launch
stop|stopped|halt
pause|paused|interrupt
resume|running again|continue
delete|deleted|remove
create|created|make
rename|renamed|retitle
copy|copied|duplicate
archive|archived|put away
restore|restored|bring back
publish|published|release
print|printed|print out
scan|scanned|scan in
inspect|inspected|look over
clean|clean|tidy
repair|repaired|fix
test|tested|try out
weigh|weighed|put on the scales
count|counted|tally
measure|measured|take the measure of
rent|rented|hire
book|booked|reserve
cancel|cancelled|call off
confirm|confirmed|acknowledge
approve|approved|accept
reject|rejected|turn down
assign|assigned|hand over
share|shared|pass on
move|moved|shift
ship|shipped|send off
sell|sold|trade
buy|bought|purchase
load|loaded|fill up
unload|unloaded|discharge
reset|reset|reboot
refresh|fresh again|renew
track|tracked|follow
watch|watched|monitor
mark|marked|tick
mute|muted|silence
sort|sorted|put in order
empty|empty|clear out
heat|warm|warm up
cool|cool|chill
connect|connected|plug in
disconnect|disconnected|unplug
wash|washed|rinse
polish|polished|shine
cover|covered|wrap
register|registered|sign up
sign|signed|put a name under
check|checked|verify
install|installed|set up
upload|uploaded|put online
download|downloaded|save to disk
replace|replaced|swap
label|labelled|tag
borrow|borrowed|take out
return|returned|give back
""")

OBJECTS = """gate door boat order invoice report folder job task project car bus train ticket
parcel letter page photo album playlist garden field barn horse flock oven lamp heater pump valve
camera sensor printer server database backup account customer member guest team course lesson exam
meeting booking contract budget shelf crate bottle machine robot drone ship truck crane lift bridge
tower shop stall menu survey poll campaign channel comment post tent bike kiln loom mill ferry
tractor canoe sofa painting statue lantern vault locker""".split()

# property | kind of its value | unit in answers
PROPERTIES = table("""
height|number| metres
weight|number| grams
length|number| metres
width|count| metres
depth|count| metres
age|count| years
owner|person|
colour|colour|
address|address|
speed|count| knots
balance|amount| euros
size|number|
score|count| points
rating|few| stars
level|few|
phone number|phone|
email|email|
manager|person|
author|person|
category|word|
start date|date|
end date|date|
title|title|
capacity|count|
location|city|
version|code|
serial number|code|
opening time|time|
closing time|time|
next visit|date|
area|number| acres
page count|number|
language|language|
shape|word|
material|word|
nickname|name|
driver|person|
last check|date|
delivery day|day|
battery level|percent| percent
distance|number| miles
power|number| watts
door code|code|
contact|email|
supplier|name|
storage place|place|
""")

# A parameter beside the object, and the words that give it.
EXTRAS = [Field.parse(row) for row in """
day/date/when:day:[The day|On which day]:on {v}
date/due/deadline:date:The date:on {v}
time/at/hour:time:[The time|At what time]:at {v}
city/place/location:city:[The city|In which city]:in {v}
recipient/person/for_whom:person:The person it is for:for {v}
times/repeat/how_often:few:How [often|many times]:{v} times
minutes/duration:count:How many minutes:for {v} minutes
colour/color/paint:colour:The colour:in {v}
note/comment/remark:text:A [note|comment]:with the note "{v}"
reason/why:text:The reason:with the reason "{v}"
price/max_price/limit:amount:The highest price:for at most {v} euros
priority/urgency:priority:[The priority|How urgent it is]:with {v} priority
size:size:The size:in size {v}
speed/pace:speed:[The speed|How fast]:at {v} speed
mode/program:mode:The mode:in {v} mode
tags/labels:words:[The tags|Words to find it by]:with the tags {v}
members/people/with:persons:Who takes part:with {v}
email/send_to:email:Where the result is sent:and send the result to {v}
file/save_as/output:file:Where the result is saved:and save it as {v}
code/pin/password:code:The code:with the code {v}
language/lang:language:The language:in {v}
notify/notify_owner:flag:Whether the owner is told:and tell the owner~but do not tell the owner
keep_copy/backup:flag:Whether a copy is kept:and keep a copy~and keep no copy
urgent/express:flag:Whether it is urgent:as urgent~as not urgent
receipt/print_receipt:flag:Whether a receipt is printed:with a receipt~without a receipt
""".strip().splitlines()]  # fmt: skip

# Names of parameters that the request repeats, so that any word can be one.
LABELS = """depth weight limit margin scale offset level power angle ratio tariff batch zone rack
depot seal stamp grade brand style theme topic channel slot row track stage phase step rank route
harbour buyer seller sender contact owner editor""".split()

LABEL_KINDS = ["count", "number", "decimal", "word", "code", "name", "colour", "day", "time",
               "person", "city", "file", "mode", "size", "words"]  # fmt: skip


def pairs(verb: str, held_out: bool) -> list[str]:
    """The objects that go with the verb in this split; tests have pairs of their own."""
    return [noun for noun in OBJECTS if is_held_out(f"{verb} {noun}") == held_out]
