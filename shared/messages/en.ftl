# Till: refusals and the next step.
till-key-reused = This key was used for another request
till-key-reused-next = Make a new Idempotency-Key for a new request.
till-key-missing = The Idempotency-Key is missing
till-key-missing-next = Send the header Idempotency-Key: one key for one receipt, the same when you repeat it.
till-shift-closed = The shift is closed
till-shift-closed-next = Open the shift and try again.
till-shift-open = The shift is open already
till-shift-open-next = Go on selling, or close the shift.
till-no-lines = The document has no lines
till-no-lines-next = Add at least one line.
till-too-many-lines = There are too many lines
till-too-many-lines-next = Split the purchase into two receipts.
till-too-large = The document is too large
till-too-large-next = Split it in two.
till-quantity = The quantity must be above zero
till-quantity-next = Correct the quantity of the line named, or remove it.
till-amount = The line's amount is wrong
till-amount-next = Amounts are never negative and a discount never above its line. Correct the line.
till-out-of-range = An amount or quantity is out of range
till-out-of-range-next = Check the units: money in kopecks, quantities in thousandths.
till-text = A text is empty or too long
till-text-next = Enter 1 to 200 bytes.
till-serial-quantity = A serial stands for exactly one unit
till-serial-quantity-next = Split the line: one unit for each serial.
till-unbalanced = Payments do not equal the receipt
till-unbalanced-next = Check the payments: together they are the receipt's total without change.
till-origin-unknown = The journal holds no such sale
till-origin-unknown-next = Check the number, or take the goods back without a receipt and give a reason.
till-too-much-returned = More is returned than was sold
till-too-much-returned-next = Reduce the quantity: some came back before.
till-coupon-used = This coupon was used already
till-coupon-used-next = Take the code off and price the cart again: a personal code counts once.
till-staff-refused = Number and PIN do not fit
till-staff-refused-next = Type them again. Whoever has no PIN gets one from the office.
till-staff-locked = Too many wrong PINs
till-staff-locked-next = Wait a minute and try again, or let another person sign in.
till-business-time = Only a training workplace accepts a business time
till-business-time-next = Leave business_time out: the till uses its own clock.
till-incomplete = The past of this workplace is not restored yet
till-incomplete-next = Wait for the connection to the centre, or call support.
till-shelf-says = The tag says { $shelf }, the till { $till }: the tag is out of date, print it again
till-malformed = The request cannot be read
till-malformed-next = Correct the place named and try again.
till-stopping = The agent is stopping
till-stopping-next = Try again in a few seconds with the same key.
till-host = The till was called by another name
till-host-next = Call 127.0.0.1 with the till's port.
till-origin = A page of another site may not use the till
till-origin-next = Close that page and tell support.
till-token = No access to the till
till-token-next = Send Authorization: Bearer with the key from the file till.token.
till-json-only = Only JSON is accepted
till-json-only-next = Send Content-Type: application/json.
till-no-such-call = There is no such call
till-no-such-call-next = The till API's description lists the calls.

# Console: common.
stores-count = { $count ->
    [one] { $count } shop
   *[other] { $count } shops
}

# Console: the page's frame.
skip-to-content = Skip to content
nav-label = Sections
nav-fleet = Fleet
nav-alerts = Alerts
nav-stores = Shops
theme-system = As the system
theme-light = Light
theme-dark = Dark
live-still = Data as of { $value }
live-on = Live data
live-late = Updated # s ago
live-lost = Connection lost
network-clock = MSK { $value }
network-time = { $value } MSK

# Console: time.
age-seconds = { $value } s
age-minutes = { $value } min
age-hours = { $value } h
age-days = { $value } d
ago = { $value } ago
since = since

# Console: statuses.
status-ok = Working
status-warn = Degraded
status-bad = Failing
status-off = No contact
status-new = Not paired
status-ok-many = Working
status-warn-many = Degraded
status-bad-many = Failing
status-off-many = No contact
status-new-many = Not paired
never-heard = never yet
never-heard-next = The place exists, but its agent was never heard. Install the agent on the till and enter the claim code.

# Console: fleet.
stores-shown = { $count ->
    [one] { $value } shop
   *[other] { $value } shops
}
workplaces-shown = { $count ->
    [one] { $value } till
   *[other] { $value } tills
}
counters-label = Shops by status
receipts = Receipts
receipts-of = Receipts of { $value }
receipts-none = nothing sold yet
view-label = View
view-map = Map
view-list = List
map-help = Map of shops. Arrows choose a shop, Enter opens it. The same as a table: List.
list-all = All shops
list-empty = No shop has this status.
filter-reset = Reset the filter
page-first = To the start
page-next = Next
col-store = Shop
col-tills = Tills
col-status = Status
col-seen = Last signal
col-backlog = Backlog
col-receipts = Receipts
col-tags = Wrong tags
col-version = Version
for-day = on { $value }
fleet-empty = No shops yet
fleet-empty-next = Make a claim code for the first till and enter it when you install the agent:

# Console: alerts.
attention = Needs attention
attention-all = All
attention-none = All calm: no alert stands.
alerts-subtitle = newest first
alerts-none = All calm: no alert stands.
alerts-more = And { $value } more: the shops' own pages show them.
network-silent = More than half of the network is silent: { $value } of { $other }
network-silent-next = Check the centre's own uplink first: shops may be selling offline.
evidence = Evidence
alarm-clone = Two machines under one name
alarm-clone-next = Find out which of the two is real. Switch the other off and revoke its certificate.
alarm-gap = The journal lacks entries
alarm-gap-next = Wait for the repeat: the till sends them again. If they do not come within an hour, call the shop and collect the journal.
alarm-damage = A journal was damaged
alarm-damage-next = The till sells with a new journal. Check the disk and collect the files set aside.
alarm-held = The journal does not continue the former one
alarm-held-next = The entries are kept apart. Compare them with the former ones and decide which to trust.
alarm-refused = A batch of entries was refused
alarm-refused-next = Check signature and version of the agent. The entries are still on the till.
alarm-behind-centre = The centre knows more than the till's disk
alarm-behind-centre-next = The disk lost entries. Replace it: the till sells with a new journal.
alarm-quarantine = Entries of a retired machine wait for a decision
alarm-quarantine-next = Look at what is in them, then accept or refuse: what is accepted the shop adopts.
alarm-clock = The till's clock differs from the centre's
alarm-clock-next = Check date and time on the till and its time service.
alarm-serial-conflict = A serial was sold twice
alarm-serial-conflict-next = Find both receipts and check the goods in the shop.
alarm-coupon-twice = A personal coupon was used twice
alarm-coupon-twice-next = Compare both receipts; if one shop takes such codes again and again, ask its cashiers.
alarm-unknown = An alert of a newer version, code { $value }
alarm-unknown-next = Update the centre: this version does not know the code.

# Console: shop.
training = Training place
local-time = Local time
local-time-unknown = Local time unknown: there is no store card yet
sells-never = No till has ever connected
sells-closed = No shift is open
sells-unknown = No contact; the shop may be selling without it
sells-all = { $count ->
    [one] The till sells
   *[other] All tills sell: { $value }
}
sells-some = Till { $value } of { $other } sells
till = Till { $value }
values-as-of = values as of { $value }
fig-signal = Last signal
fig-backlog = Upload queue
fig-manifest = Data of the office
manifest-waits = not the newest
manifest-waits-more = the office signed newer ones; the till asks for them by itself
fig-tags = Wrong shelf tags
tags-more = to take down { $value }, without a tag: { $other }
fig-documents = Documents of the office
documents-wait = on their way
documents-wait-more = the till books them once it is on line
fig-watermark = Held by the centre
fig-clock = Clock of the till
fig-version = Agent version
at-least = at least { $value }
backlog-none = all sent
backlog-unknown = what gathered without contact is unknown
backlog-untold = age not told yet
backlog-oldest = oldest entry is { $value } old
watermark-more = chain / entry
clock-against = against the centre's clock
not-told-yet = not told by the agent yet
shift-open = shift is open
shift-closed = shift is closed
journal = Journal
journal-times = MSK on the left, then local
journal-empty = There are no entries yet.
journal-failed = The journal could not be read. The rest of the page is right.
retry = Try again
journal-shown = { $count ->
    [one] the { $value } newest entry
   *[other] the { $value } newest entries
}
held = waits for a decision
store-no-alarms = There are no alerts.
store-unknown = There is no such shop
store-unknown-next = Check the code: letters and digits, as on the label at the door.
store-unknown-list = All shops

# Console: entries of the journal.
fact-genesis-enrolled = Journal begun: the till is enrolled
fact-genesis-damaged = New journal: the former one is damaged
fact-genesis-behind = New journal: the disk lost entries
fact-genesis-other = New journal
fact-brought-forward = Brought forward: one part
fact-brought-forward-end = Balances brought forward, parts: { $value }
fact-started = Agent started, version { $value }
fact-started-torn = Agent started after a crash, version { $value }; bytes set aside: { $other }
fact-shift-opened = Shift No. { $value } opened with { $other } in the drawer
fact-shift-closed = Shift No. { $value } closed: { $other }
fact-shift-odd = cash differs by { $value }
fact-sale = Receipt No. { $value } for { $other }
fact-return = Return No. { $value } for { $other }
fact-cash-in = Put in { $value }: { $other }
fact-cash-out = Taken out { $value }: { $other }
fact-writeoff = { $count ->
    [one] Write-off, { $value } line
   *[other] Write-off, { $value } lines
}
fact-adopted = { $count ->
    [one] Adopted { $value } entry of the retired machine
   *[other] Adopted { $value } entries of the retired machine
}
fact-stock-booked = { $count ->
    [one] Stock from the office, { $value } line
   *[other] Stock from the office, { $value } lines
}
fact-pricetag-printed = { $count ->
    [one] Printed { $value } shelf tag
   *[other] Printed { $value } shelf tags
}
fact-dataset-applied = { $count ->
    [one] Data updated: { $value } layer
   *[other] Data updated: { $value } layers
}
fact-dataset-rejected = Data refused, the earlier stay on sale: { $value }
fact-dataset-repaired = { $count ->
    [one] Data on the disk were damaged and repaired, { $value } bucket
   *[other] Data on the disk were damaged and repaired, { $value } buckets
}
fact-dataset-repaired-whole = Data on the disk were damaged and fetched anew: { $value }
fact-unknown = An entry of a newer version: { $value }
receipts-count = { $count ->
    [one] { $value } receipt
   *[other] { $value } receipts
}
pay-cash = cash
pay-card = card
pay-credit = credit
pay-certificate = gift certificate
pay-prepayment = prepayment
pay-other = payment of kind { $value }
pay-none = no payment

# Console: entrance.
closed-title = The console is closed
closed-no-cookie = This browser has not opened the console yet.
closed-used = The link was used already or is wrong.
closed-next = Take a new one-time link: when the centre starts it writes one to the file console.link in its data folder.
nowhere-title = There is no such page
nowhere-next = Begin at /fleet.

# The check of a machine: what is seen and what to do.
doctor-settings-ok = Settings can be read: { $count }
doctor-settings-refused = Settings cannot be read: { $error }
doctor-settings-refused-next = Correct the place named and try again.
doctor-user-ok = System user: { $user }
doctor-user-other = This runs as { $user }, but the data folder belongs to { $owner }
doctor-user-other-next = Run it as { $owner }: otherwise it does not see what the agent sees.
doctor-data-ok = The data folder can be written: { $folder }
doctor-data-missing = There is no data folder { $folder }
doctor-data-missing-next = Make it and give it to the agent's user, or correct the setting data.
doctor-data-refused = The data folder { $folder } cannot be written: { $error }
doctor-data-refused-next = Check the folder's owner and the disk.
doctor-space-ok = Free on the disk: { $mib } MiB
doctor-space-little = The disk is filling up: { $mib } MiB left
doctor-space-little-next = Make room within days.
doctor-space-none = The disk is full: { $mib } MiB left
doctor-space-none-next = Make room now: without it the till cannot sell.
doctor-sync-ok = The disk writes within { $ms } ms
doctor-sync-slow = The disk writes slowly: { $ms } ms
doctor-sync-slow-next = Every receipt waits for one write; use an SSD.
doctor-identity-ok = Workplace: { $workplace }
doctor-identity-none = This machine is not enrolled
doctor-identity-none-next = Get a claim code from the office and run: storefleet-agent enrol --server … --workplace … --code …
doctor-identity-damaged = The files of the workplace are damaged: { $error }
doctor-identity-damaged-next = Keep the data folder and call support.
doctor-certificate-ok = The certificate is valid until { $until }
doctor-certificate-due = The certificate is valid until { $until } and due for renewal
doctor-certificate-due-next = The agent renews it by itself while there is a line; if this is still here tomorrow, call the office.
doctor-certificate-ended = The certificate ended on { $until }
doctor-certificate-ended-next = Check clock and line: a running agent renews it by itself, else call the office.
doctor-clock-ok = The clock is right: { $now }, { $seconds } s from the centre
doctor-clock-alone = Clock: { $now }, not compared with the centre
doctor-clock-off = The clock { $now } is { $seconds } s from the centre
doctor-clock-off-next = Turn time synchronisation on and check the time zone.
doctor-clock-early = The clock { $now } is late: the certificate begins at { $since }
doctor-clock-early-next = Set the right time; if it is lost again, replace the battery on the board.
doctor-journal-ok = The journal can be read: epoch { $epoch }, { $entries } entries
doctor-journal-none = There is no journal yet: the first start makes it
doctor-journal-damaged = The journal cannot be read: { $error }
doctor-journal-damaged-next = Remove nothing: the agent goes on in a new epoch, support looks at the old one.
doctor-writer-held = The journal is written by { $who }
doctor-writer-nobody = No agent runs: nobody writes the journal
doctor-state-ok = The state file can be read
doctor-state-none = There is no state file yet
doctor-state-held = The state file is in use by the running agent
doctor-state-unreadable = The state file cannot be read: { $error }
doctor-state-unreadable-next = There is nothing to do: the agent makes it anew from the journal when it starts.
doctor-gate-ok = The centre at { $gate } accepts the certificate of this machine
doctor-gate-none = No centre is known
doctor-gate-none-next = Name it in the setting link.brokers.
doctor-gate-no-name = The name of { $gate } is not found: { $error }
doctor-gate-no-name-next = Check cable, internet and DNS, then the name in the setting link.brokers.
doctor-gate-no-connection = There is no connection to { $gate }: { $error }
doctor-gate-no-connection-next = Let this port out in the router; if it is open, ask the office whether the centre runs.
doctor-gate-no-tls = No encryption is agreed with { $gate }: { $error }
doctor-gate-no-tls-next = Check the clock, and that no proxy opens the line.
doctor-gate-not-accepted = The centre at { $gate } does not accept the certificate of this machine: { $error }
doctor-gate-not-accepted-next = Ask the office whether this workplace was revoked or replaced.
doctor-till-any = The agent picks the till's port when it starts
doctor-till-free = The till's port { $port } is free
doctor-till-ours = The till's port { $port } is held by our agent
doctor-till-taken = The till's port { $port } is held by another program
doctor-till-taken-next = Stop it, or change the setting till.port.

# What a cart costs and why.
price-cart = { $cart }, { $moment } by the shop's clock
price-repriced = The receipt was open for more than an hour: the prices are those of now
price-line = { $line }. { $item } × { $quantity }: { $gross }
price-base = Price { $price }: row { $row } of { $layer }, "{ $type }"
price-layer-network = the network's list
price-layer-region = the region's list
price-layer-dealer = the dealer's list
price-layer-store = the shop's list
price-bound-min = raised from { $listed } to the least allowed
price-bound-max = lowered from { $listed } to the most allowed
price-bound-alarm = the dealer's bounds contradict the network's: only the network's count
price-loser-not-locked = row { $row } lost to a locked one
price-loser-lower-lock = row { $row } lost: a wider list is locked
price-loser-less-specific = row { $row } lost to a narrower list
price-loser-rank = row { $row } lost by its rank
price-loser-valid-from = row { $row } lost to one that began later
price-loser-revision = row { $row } lost to a newer revision
price-loser-row-id = row { $row } lost to an earlier one of the same
price-reduction = { $amount } { $promotion }
price-coupon = coupon { $value }
price-certificate = certificate { $value }
price-by-hand = by hand, entry { $value }
price-clamp-total = not more: the promotion's total is used up
price-clamp-floor-network = not more: the network's least price
price-clamp-floor-dealer = not more: the dealer's least price
price-clamp-floor-region = not more: the region's least price
price-clamp-floor-store = not more: the shop's least price
price-clamp-floor-cost = not more: never below cost
price-clamp-dealer-limit = not more: the network's limit for the dealer
price-clamp-zero = not more: nothing is left
price-net = { $net } to pay, VAT { $rate } { $vat }
price-total = Total { $net }: { $gross } less { $reduction }
price-world = Only { $promotion } acts: cheaper than everything else together
price-lost-group = { $promotion } would give { $benefit }; { $other } gives more: { $best }
price-lost-world = { $promotion } acts alone only, and { $other } is cheaper
price-lost-together = { $promotion } acts alone only, and everything else together is cheaper
price-lost-not-allowed = { $promotion }: the network does not allow the dealer such a promotion
price-offer = Gift of { $promotion }: it is not in the cart yet
price-points-used = Points used: { $value }
price-points-earned = Points earned: { $value }, may be used from { $day }
price-refused-line = Line { $ref } is not sold: { $why }
price-refused-coupon = Coupon { $ref } gives nothing: { $why }
price-refused-manual = Reduction by hand { $ref } is refused: { $why }
price-why-line-unknown-item = the item is not in the catalogue
price-why-line-bad-qty = the quantity must be above 0
price-why-line-serial-qty = an item with a serial is sold one a line
price-why-line-no-serial = scan its serial
price-why-line-no-price = it has no price; ask the office
price-why-line-no-tax-rate = it has no VAT rate; ask the office
price-why-coupon-duplicate = the code was shown twice
price-why-coupon-unknown = no promotion of now knows the code
price-why-coupon-bad-tag = the code is mistyped or forged
price-why-coupon-expired = it ended
price-why-coupon-used = it is used up
price-why-coupon-limit = as many codes as allowed act already
price-why-coupon-no-effect = nothing in the cart suits it; it is not used up
price-why-manual-not-allowed = no rule allows it
price-why-manual-no-reason = say why
price-why-manual-repeated = there is one on the line already
price-why-manual-over-limit = more than the rule allows
price-why-manual-needs-token = a senior must allow it

till-data-unreadable = The shop's data cannot be read from the disk
till-data-unreadable-next = Restart the shop's program; if that does not help, call the support desk: the disk may be failing.
till-no-prices = No prices yet: the shop's data did not come
till-no-prices-next = Check the line to the office; selling by item begins when the data come.
till-no-such-item = There is no such item
till-no-such-item-next = Check the code; a new item is there once the data of the office came.
till-cart-refused = A line of this receipt cannot be sold
till-cart-refused-next = The detail says why for each line; take the line out or mend it.
till-item-stopped = The office stopped the sale of this item
till-item-stopped-next = Take the item out of the receipt; the detail says why. Put it aside and ask the office.
till-price-changed = The price changed since the customer was told
till-price-changed-next = Show the customer the new total and sell for it.
# Import: the file as a whole
import-unreadable = The file cannot be read: { $value }. Check its medium and try again
import-empty = The file is empty. Export it again
import-too-large = The file has { $place } bytes, more than { $value }. Split it
import-bomb = { $place }: unpacks to more than { $value } bytes. This is no table; send a plain file
import-too-many-rows = Line { $place }: the file has more than { $value } rows. Split it
import-too-many-refused = More than { $place } rows cannot be used: the file itself is wrong. The first of them: { $value }
import-truncated = { $place }: the file ends in the middle. Send all of it again
import-damaged = { $place }: the file is damaged ({ $value }). Send it again
import-kind = The file is { $value }. Save it as XLSX, CSV or CommerceML
import-no-heading = None of the first rows names columns; found: { $value }. Add a row of headers such as item_code
import-ambiguous = The columns fit the tables { $value }. Say which table it is
import-doctype = Line { $place }: the file declares a document type (DOCTYPE). Take it out
import-not-commerceml = Line { $place }: the root is "{ $value }", not "КоммерческаяИнформация". Export the file as CommerceML 2

# Import: a row
import-cell-refused = Line { $line }, { $column }: "{ $value }": { $rule }
import-row-refused = Line { $line }: "{ $value }": { $rule }
row-cells = there are not as many cells as columns ({ $value }); check separators and quotes
row-twice = a row of this key stands there again and says something else (lines { $value }); keep one
cell-needed = must be filled
cell-text = must have at most 2,000 bytes and only characters that print
cell-number = must be a whole number within its range
cell-quantity = must be a quantity of 0 or more with at most three places, such as 12 or 0.5
cell-kopecks = must be whole kopecks, 0 or more, such as 149000
cell-roubles = must be roubles, not finer than a kopeck, such as 1490.50
cell-one-unit = must be 1: the row is about the one unit with this serial number
serial-needed = is needed: this item is kept by serial number, one row a unit
serial-none = must be empty: this item is only counted
serial-imei = is no IMEI: it has 15 digits, and they are not all the same
serial-imei-digit = is no IMEI: the last digit of this number must be { $value }
serial-iccid = is no ICCID: it has 18 to 20 digits, begins with 89, and ends with its check digit
serial-twice = stands there again (lines { $value }); one unit is in one place, keep one row
cell-flag = must be 1 or 0, yes or no
cell-local-time = must be a time on the store's wall without an offset, such as 2026-01-31T00:00:00
cell-date = must be a date, such as 2026-01-31
cell-day-time = must be a time of the day from 00:00 to 24:00
cell-decimal = must be a decimal number, such as 55.75222
cell-after-beginning = must be later than the beginning
cell-one-of = must be one of: { $value }
cell-scope = must be * for the network and a name for other layers
cell-one-scope = must be empty: the workplace is named already
cell-check-digit = the check digit of this { $value } is wrong; check the number
cell-pin = must be a PIN of 4 to 12 digits
cell-definition = { $value }
cell-excel-error = the formula failed; mend it and save the file
cell-excel-date = the spreadsheet turned a code into a date; make the column text and enter the code again
cell-exponent = the spreadsheet rounded the number; make the column text and enter the number again
cml-document = orders and documents are not taken here
cml-partner = partners are not taken here
cml-no-id = has no "Ид"; export the file with identifiers
cml-no-table = there is no table for it
cml-stock = stock only; stock is kept by the journals of the shops
cml-offer-empty = has neither prices nor a characteristic with a name
cml-price-type = the price type is unknown; map it to one of the network's
cml-without-vat = the price is without VAT; export prices with VAT
cml-currency = the currency is not the rouble; export prices in roubles
cml-coefficient = the price is not for one unit; export the price of a unit

# Import: what waits for a person
hold-price-jump = Line { $line }, { $key }: the price changes from { $other } to { $value }, by more than 30 %. Confirm it
hold-below-cost = Line { $line }, { $key }: the price { $value } is below the cost { $other }. Confirm it
hold-barcode = Line { $line }, { $key }: item { $other } has the barcode { $value } already. Leave it to one of them
hold-vat-class = Line { $line }, { $key }: the VAT class changes from { $other } to { $value }. Confirm it
hold-zeros-lost = Line { $line }, { $key }: there is an item { $value }. Has the code lost its zeros?
hold-unit-elsewhere = Line { $line }, { $key }: the unit { $value } stands in the balance { $other } already. Take it off there first, or mend the number
hold-unknown = Line { $line }, { $key }: { $value } is not in the table "{ $other }". Load it first, or mend the code
hold-removals = { $key }: { $value } of { $other } records would go, more than a tenth. Confirm it
hold-errors = { $value } of { $other } rows cannot be used, more than 2 %. Mend the file or confirm the rest
hold-only-changes = The file calls itself changes and is loaded as a whole. Load it as changes

# Console: master data, common
nav-catalog = Catalog
nav-prices = Prices
nav-promotions = Promotions
nav-assortment = Assortment
nav-import = Import
nav-charge = What a till charges
person-hint = This name stands in the log beside your changes
missing-title = Nothing found
missing-next = Check the address: there is no such record and there never was.
refused-title = The change was not taken
refused-next = Nothing changed. Go back and look at what stands there now.
failed-title = The page cannot be made
failed-next = The data of the centre cannot be read. Try again; if that does not help, call the administrator.
changed-since = { $value } records of change { $other } were changed again since; take the later changes back first.
fault-title = The form is not complete
fault-why = Give a reason: 10 to 500 characters.
fault-time = Give a date and a time, such as 2026-03-01T10:00.
fault-same = It stands like this already: there is nothing to change.
fault-moved = The data changed while you looked. Look again and confirm once more.
fault-typed = Type the number of shops exactly as shown.
why-label = Reason
why-hint = For example: the vendor's price list of 28 November
find = Find
show = Show
look = See what would change
change = Change
save = Save
save-held = Confirm and save
save-hint = It reaches the tills only with a publication.
cancel = Cancel
filter-any = all
what = What
was = Was
becomes = Becomes
difference = Difference
where = Where
when = When it counts
line-number = line { $value }
span-from-to = { $value } to { $other }
span-from = from { $value }
reach-network = the whole network
reach-region = region { $value }
reach-dealer = dealer { $value }
reach-store = shop { $value }
layer-network = network
layer-region = region
layer-dealer = dealer
layer-store = shop
standing-now = counts
standing-planned = planned
standing-over = over
actor-cli = command line
actor-folder = watched folder
source-edit = by hand
source-import = file "{ $value }"
source-undo = change { $value } taken back
source-api = a program
source-other = source of a newer version
history = History
history-came = new record:
history-went = record removed:
history-changed = record changed
history-older = The newest 50 changes are shown.
change-number = change { $value }
rows-count = { $count ->
    [one] { $value } record
   *[other] { $value } records
}
table-items = Item
table-prices = Price
table-corridors = Price bounds
table-dealers = Dealer
table-stores = Shop
table-price_types = Price type
table-taxes = VAT rate
table-staff = Employee
table-legal_entities = Legal entity
table-matrix = Matrix
table-stop_list = Stop list
table-roles = Role
table-opening_stock = Opening stock
table-promotions = Promotion
table-dealer_limits = Limit of dealers
table-secrets = Secret
column-item_code = Code
column-barcode = Barcode
column-kind = Kind
column-group = Group
column-brand = Brand
column-name = Name
column-model = Model
column-unit = Unit
column-tracking = Serial numbers
column-tac = TAC (start of the IMEI)
column-vat = VAT
column-base_price_kop = Vendor's price
column-price_fixed_by_vendor = Price fixed by the vendor
column-marking = Marking code
column-warranty_months = Warranty
column-price_type = Price type
column-layer = Layer
column-scope_id = Whose layer
column-amount_kop = Price
column-amount_rub = Price, ₽
column-valid_from = From
column-valid_to = Until
column-rank = Rank
column-lock = Locked
column-revision = Revision
column-row_id = Row
column-store_id = Shop
column-owner = Owner
column-serial = Serial number
column-quantity = Quantity
column-dealer_id = Dealer
column-promo_id = Promotion
column-definition = Definition
column-carried = In the matrix
column-scope = Scope
column-min_kop = At least
column-max_kop = At most
column-floor_kop = Floor
column-staff_id = Number
column-role = Role
column-pin = PIN
column-active = Works here
column-discount_ppm = Discount by hand, millionths
column-approves_ppm = May allow, millionths
kind-goods = goods
kind-sim = SIM card
kind-service = service
kind-payment = payment
kind-tariff = tariff
kind-bundle = bundle
kind-other = kind of a newer version
tracking-none = none
tracking-imei = by IMEI
tracking-iccid = by ICCID
flag-0 = no
flag-1 = yes
carried-must = must have
carried-may = may have
carried-not = may not have
warranty-none = none
warranty-months = { $value } months

# Console: catalog
items-count = { $count ->
    [one] { $value } item
   *[other] { $value } items
}
catalog-search = Name, code or barcode
catalog-no-match = Nothing matches the filter.
catalog-empty = The catalog is empty: no items were loaded yet.
catalog-empty-next = Load a file
price-network-now = Network price now
price-reaches = Reaches with a price
prices-by-layer = Prices by layer
prices-none = The item has no price: tills will not sell it.
price-new = New price
price-locked = locked
price-form-title = Price by hand
scope-hint = code of the region, dealer or shop; empty for the network
wall-hint = Times are local to each shop: 00:00 comes to Kamchatka nine hours before Moscow.
item-attributes = Attributes
item-gone = The item is not in the catalog now.
other-times = As it was
as-of-label = Date and time (Moscow)
as-of-note = Shown as the data stood on { $value } Moscow time.
as-of-now = Show as it is now

# Console: a change
change-rows = What changed
undo-title = Take the change back
undo-reach = { $count ->
    [one] { $value } record becomes what it was before.
   *[other] { $value } records become what they were before.
}
undo-since = { $count ->
    [one] It cannot be taken back whole: { $value } record was changed again since.
   *[other] It cannot be taken back whole: { $value } records were changed again since.
}
undo-do = Take it back

# Console: what would change
preview-title = What would change
preview-changed = change
preview-added = new
preview-removed = removed
preview-same = the same
preview-holds = to decide
preview-refused = refused
preview-nothing = Nothing changes.
holds-title = Look and confirm
holds-more = These are the first twenty; the others are marked in the table.
row-held = Check
row-new = New
row-removed = Removed
row-changed = Changed

# Console: publishing
unpublished = There are changes that no till has yet.
unpublished-next = Publish…
publish-nothing = Everything is published: tills get what stands here.
publish-what = What goes to the tills
publish-records = Records
publish-more = The first 50 of { $value } are shown.
publish-reach = { $count ->
    [one] { $value } shop gets the changes.
   *[other] { $value } shops get the changes.
}
publish-type = There are more than fifty shops: type their number, { $value }.
publish-typed = Number of shops
dataset-goods = Items and barcodes
dataset-prices = Prices and bounds
dataset-offers = Promotions
dataset-rules = Taxes, price types, limits
dataset-shop = The shop's card

# Console: loading files
fault-file = Choose a file.
import-subtitle = CSV, XLSX, CommerceML
import-send = Load a file
import-file = A vendor's file or an export of the accounts
import-whole = This is the whole table: what is not in the file is gone
import-hint = You see what would change first. Nothing changes before you confirm it.
import-waiting = Waiting for a decision
import-waiting-none = No file waits for a decision.
quarantine-title = Refused rows
quarantine-none = There are no refused rows.
rows-refused = { $count ->
    [one] { $value } row refused
   *[other] { $value } rows refused
}
changes-lately = Latest changes
changes-none = There were no changes yet.
changes-when = When
changes-who = Who
import-done = The file was taken:
import-whole-fault = The file as a whole cannot be used; nothing of it was taken.
preview-order = largest jumps of prices first
shown-of = { $value } of { $other } shown
refused-rows = Rows with faults
refused-download = Download them
refused-note = These rows are left out. Once the rest is taken they can be mended under "Refused rows" and run again.
refused-line = Line
refused-column = Column
refused-value = Value
refused-reason = What it must be
refused-still = Still refused
refused-back = Mend more
refused-mend = mend the values right here
refused-run = Check what was mended
refused-drop = Drop the row
import-same = The file says what stands there already.
import-holds = By confirming you also accept the rows marked "Check".
import-refused-stay = Rows with faults stay in the list of refused rows.
import-take = { $count ->
    [one] Take { $value } change
   *[other] Take { $value } changes
}
import-drop = Drop the file

# Console: what a till charges
charge-subtitle = the same reckoning as at a till
charge-empty = Name a shop, a time and items: here stands what the receipt costs and why.
charge-store = Shop
charge-at = Date and time by the shop's clock
charge-lines = Items
charge-item = code or barcode
charge-quantity = Quantity
charge-coupon = Coupons, with spaces between
charge-payment = Payment
charge-level = Level of the card
charge-basis = Data
charge-do = Work it out
payment-cash = cash
payment-card = card
payment-credit = credit
basis-published = as the tills have them
basis-draft = with what is not published
charge-total = To pay
charge-gross = Before reductions
charge-reduction = Reductions
charge-net = Line total
charge-refused = Not everything sells as you wrote it
charge-sentences = The same in words
charge-origin = Where the price comes from
charge-network = Base list of the network
charge-region = Regional
charge-dealer = The dealer's
charge-own = The shop's
charge-bound = Price bounds
charge-promotion = Promotion
charge-rounding = Rounding
charge-row = row { $value }
charge-no-rule = no rule
charge-api-next = Mend the field named: store, at (the shop's time, 2026-03-01T10:00), line (ITEM*QUANTITY), coupon, payment, price_type.
fault-store-missing = Name a shop: its code or its last digits.
fault-store-unknown = There is no such shop. Check the code.
fault-store-several = Several shops' codes end so. Write the whole code.
fault-store-unpublished = The data of this shop were not published yet.
fault-price-type = There is no such price type.
fault-payment = Payment must be cash, card or credit.
fault-quantity = A quantity is a number above zero with at most three decimals.
fault-lines = Name at least one item.
fault-many-lines = There are more than two hundred lines: take some out.

# Console: price list
prices-empty = There are no prices in this layer.
prices-export = Download CSV

# Console: promotions
promotions-empty = There were no promotions yet.
promotions-search = Name or code of the promotion
promotion-new = New promotion
promotion-gives = What it gives
promotion-gone = There is no such promotion now; its history is below.
promotion-for = For what
promotion-receipts = To whom
promotion-mode = With other promotions
promotion-most = At most in one receipt
promotion-version = Version
promotion-end = When it ends
promotion-what = Conditions
promotion-kind = Kind
promotion-percent = Off, %
promotion-rub = Amount or price, ₽
promotion-n = Pieces in a set
promotion-m = Pieces paid for
promotion-word = Word of the coupon
promotion-min = Receipt from, ₽
promotion-items = Codes of items
promotion-groups = Groups
promotion-brands = Brands
promotion-regions = Regions
promotion-dealers = Dealers
promotion-stores = Shops
promotion-formats = Formats
promotion-where-hint = Empty is the whole network.
promotion-try = Try it on a cart
promotion-try-hint = What a till would charge if the promotion acted already. The shop may stay empty.
promotion-look = Look and try
promotion-collisions = Act at the same time on the same items
promotion-no-collisions = No other promotion acts on these items in these shops then.
wall-short = by the shop's clock
fault-percent = Give a percentage from 0 to 100, such as 12.5.
fault-rub = Give an amount in roubles, such as 490 or 490.50.
fault-number = Give a whole number.
fault-promotion-exists = There is a promotion of this code already. Take another code.
promo-kind-percent = percentage off an item
promo-kind-amount = amount off each piece
promo-kind-special-price = special price
promo-kind-n-for-m = set with some free
promo-kind-nth-percent = percentage off the cheapest of a set
promo-kind-receipt-percent = percentage off the receipt
promo-kind-receipt-amount = amount off the receipt
promo-kind-coupon = coupon
promotion-edit = Edit the promotion
promotion-owner = Dealer whose promotion it is (empty is the network)
promotion-group = Group of which the best acts
promotion-priority = Priority
promotion-max-total = At most in one receipt, ₽
promotion-min-price = Price of the item from, ₽
promotion-max-price = Price of the item up to, ₽
promotion-but-items = But codes of items
promotion-but-groups = But groups
promotion-but-brands = But brands
promotion-classes = Dealer classes
promotion-card = Customer's card
promotion-card-levels = Levels of the card
promotion-payments = Way of payment
promotion-any = does not matter
promotion-units = Pieces
promotion-times = Sets in a receipt at most
promotion-point = One point, ₽
promotion-prices = Prices: code and roubles, a line for each item
promotion-days = Days of the week
promotion-hours-from = Hours from
promotion-hours-to = Hours to
promotion-set-price = Price of the set, ₽
promotion-unit-price = Price of a piece beside the set, ₽
promotion-tiers = Tiers: from how many pieces and percentage, a line for each
promotion-campaign = Campaign of personal coupons
promotion-per-receipt = Coupons in a receipt at most
promotion-levels = Levels of the card: name and percentage, a line for each
promotion-points-cap = By points at most, % of the receipt
promotion-reserve = Points left alone off line
promotion-max-percent = At most, %
promotion-max-amount = At most, ₽
promotion-needs-reason = A reason is needed
promotion-step = Round down to, ₽
promotion-delay = Days until they may be used
promotion-kind-show = Show the fields of the kind
promotion-slot = Part of the set { $value }
promotion-beside = Beside the set
promotion-slot-hint = A set is made of parts: how many pieces of which items. An empty part does not count; fill the last one and get one more by "Show the fields of the kind".
promotion-seldom = More conditions: price, kind of item, exceptions
promotion-names-hint = Codes with spaces or commas between; names that hold spaces with commas. Empty is any item.
promotion-where-when = Where and when
promotion-field = Field
promotion-changes = What changes
promotion-before = Before
promotion-after = After
promotion-both = Somebody changed the promotion while you edited it
promotion-theirs = Saved now
promotion-ours = In your form
promotion-both-hint = Open the saved one anew, and your edits are gone; or look at yours over it, and the other ones are gone where fields differ.
promotion-reopen = Open the saved one
promotion-over = Look at mine over it
promotion-overtaken = The promotion was changed while you edited it: both versions are below. Nothing was saved.
fault-promotion-code = The code of a promotion stays.
fault-choice = Choose one of the list.
fault-day-time = Give a time from 00:00 to 24:00, such as 18:00.
fault-days = Tick at least one day.
fault-item-prices = Give a code and a price in each line, such as 100001 990; an item once.
fault-levels = Give a level and a percentage in each line, such as silver 1.
fault-tiers = Give a number of pieces and a percentage in each line, such as 2 5.
fault-slots = Fill at least one part of the set.
fault-sum = Give an amount above zero, such as 1 or 0.50.
fault-count = Give a whole number above zero.
fault-paid = Fewer pieces must be paid for than are in the set.
fault-coupon-key = Give one of two: a word or a campaign.
fault-coupon-benefit = Give one of two: a percentage or an amount.
promo-kind-happy-hour = happy hours
promo-kind-card-price = price with a card
promo-kind-bundle = set for one price
promo-kind-companion = item at a price beside a set
promo-kind-gift = gift beside a set
promo-kind-qty-tiers = percentage by quantity
promo-kind-card-percent = percentage by level of the card
promo-kind-points-redeem = payment by points
promo-kind-certificate = certificate as a reduction
promo-kind-manual = discount by the seller
promo-kind-rounding = rounding of the receipt
promo-kind-accrue = points earned
day-1 = Mon
day-2 = Tue
day-3 = Wed
day-4 = Thu
day-5 = Fri
day-6 = Sat
day-7 = Sun
promo-pick-stack = adds to others
promo-pick-best-in-group = acts if it is the best
promo-pick-exclusive-all = alone in the receipt
promo-percent = { $value } off
promo-amount = { $value } off each piece
promo-special-price = special price: { $value }
promo-card-price = price with a card: { $value }
promo-happy-hour = { $value } off at { $other }
promo-n-for-m = { $value } for the price of { $other }
promo-nth-percent = { $other } off the cheapest of { $value }
promo-bundle = a set for { $other }: { $value }
promo-companion = beside a set ({ $value }) an item for { $other }
promo-gift = beside a set ({ $value }) a gift: { $other }
promo-tier = { $other } off from { $value } pieces
promo-receipt-percent = { $value } off the receipt
promo-receipt-amount = { $value } off the receipt
promo-coupon-word = { $value } with the word "{ $other }"
promo-coupon-campaign = { $value } with a coupon of campaign { $other }
promo-card-percent = off with a card: { $value }
promo-from-sum = { $value }, receipts from { $other }
promo-points-redeem = points for up to { $value } of the receipt, a point is { $other }
promo-certificate = paid with a certificate
promo-manual = by hand, at most { $value }
promo-rounding = receipts rounded down to { $value }
promo-accrue = points: { $value } of the sum
promo-any-item = any item
promo-groups = groups { $value }
promo-items = items { $value }
promo-brands = brands { $value }
promo-but-groups = but groups { $value }
promo-but-items = but items { $value }
promo-but-brands = but brands { $value }
promo-min-price = priced from { $value }
promo-max-price = priced up to { $value }
promo-of-dealer = promotion of dealer { $value }
promo-regions = regions { $value }
promo-dealers = dealers { $value }
promo-classes = dealer classes { $value }
promo-stores = shops { $value }
promo-formats = formats { $value }
promo-mode-stack = adds to others
promo-mode-group = the best of group { $value } acts
promo-mode-best = acts if it is better than others
promo-mode-alone = acts alone if that is cheaper than all the rest
promo-with-card = with a card
promo-without-card = without a card
promo-levels = card levels { $value }
promo-payment = paid by: { $value }

# Console: the matrix
matrix-empty = The matrix is not set.
matrix-subtitle = what shops must carry
matrix-rows = Rows
matrix-groups = Groups
matrix-items = Items
matrix-format = format
matrix-cluster = cluster
matrix-counts = the number is how many items of the group
matrix-more-columns = More columns
matrix-edit = Change the matrix
matrix-edit-chosen = Change the chosen
matrix-choose = Choose { $value }
matrix-scope-id = Format or cluster
matrix-role = Role of the item
matrix-edit-hint = The present role ends then; what is planned for later stays.
matrix-from = from { $value } on
matrix-until = until { $value }
matrix-unset = not set
matrix-stays = stays
matrix-back = Mend
matrix-cluster-shops = Shops of cluster { $value }: the office knows them, there is no number here.
fault-items-unknown = There are no such items: { $value }
fault-many-items = There are more than a thousand items: part the list.
spread-title = How prices change
spread-share = Share of rows
matrix-shops = { $count ->
    [one] That is { $value } shop.
   *[other] That is { $value } shops.
}
spread-rows = { $count ->
    [one] { $value } row
   *[other] { $value } rows
}

# The watched folder
folder-taken = The file was taken, change { $value }.
folder-same = The file says what stands there already.
folder-waits = The file waits for a person on the page "Loading files":
folder-too-large = The file is too large: more than 256 MiB. Split it.

## Releases

nav-rollouts = Releases
release = Release
release-new = New release
release-new-hint = Everything that was changed and not released yet goes into it. Nothing reaches a shop before it is approved and started.
release-title = Name, for people
release-urgent = urgent
release-urgent-label = Urgent: to all shops at once, by day and in a freeze. For a wrong price that is on sale.
release-draft = Put together and look
releases-none = No releases yet. Change something in the catalogue or the prices, then make one.
release-wave = Wave
release-convergence = Shops that have it
release-stage-drafted = Drafted
release-stage-previewed = Waits for approval
release-stage-running = On its way
release-stage-paused = Paused
release-stage-done = Done
release-stage-rolled-back = Rolled back
release-stage-cancelled = Cancelled
release-done = { $value } have it
release-at-work = { $value } at work
release-failed = { $value } refused it
release-silent = { $value } without contact
release-waiting = { $value } waiting for their turn
release-shops = { $count ->
    [one] { $value } shop
   *[other] { $value } shops
}
release-rows = { $count ->
    [one] { $value } row
   *[other] { $value } rows
}
release-by = { $value }: { $other }
release-next-wave = Next: wave { $value } goes.
release-next-pause = Next: it pauses at the gate “{ $value }”.
release-next-finish = Next: done.
release-waits-bake = The wave is watched until { $value }.
release-waits-freeze = It waits for the end of the freeze: { $value }.
release-waits-shops = It waits for shops to switch.
release-waits-person = It waits for a person: the gate “{ $value }” cannot tell yet.
release-waits-resume = It waits for a person to resume it or to roll it back.
release-waits-start = It waits for a person to approve and start it.
release-wave-number = Wave { $value }
release-wave-out = Out
release-wave-waits = Waits
release-of = { $value } of { $other } have it
release-gates = Gates
release-gate = Gate
release-value = Measured
release-limit = Limit
gate-convergence = Shops that have it
gate-refused = Shops that refused it
gate-silent-after-switch = Shops silent after the switch
gate-till-errors = Shops with till errors
gate-restarts = Shops whose program restarts
gate-backlog = Shops with a large queue
gate-sales = Fall of sales against the usual
gate-is-green = In order
gate-is-red = Over the limit
gate-is-unknown = Cannot tell yet
gate-accepted = accepted by a person
release-findings = What the check found
release-findings-none = Nothing out of the ordinary.
release-holds = holds the release
release-confirmed = confirmed by { $value }
check-broken-record = Records that cannot be read
check-zero-price = Prices of nothing
check-price-jump = Prices that jumped
check-below-cost = Prices below cost
check-validity = Dates that look wrong
check-removed = Items that go away
check-barcodes-gone = Barcodes that go away
check-barcode-twice = A barcode on two items
check-class-changed = Goods that became something else
touched-title = Receipts that the release touched
touched-of = Receipts of release { $value }
touched-link = Receipts sold under this release
touched-none = Nothing was sold under this release yet
touched-next = Rolling back brings the former prices; these receipts stay as they were sold. Decide which customers get the difference back.
touched-sum = { $value } in { $other }
touched-shops = { $count ->
    [one] { $value } shop
   *[other] { $value } shops
}
touched-more = The first { $value } are shown
touched-where = Till
touched-number = Receipt
touched-total = Total
release-late = Shops that are not there yet
release-why-late = Why
release-more = { $value } in all; these need a person most.
late-refused = Refused it, keeps the old version
late-fetching = In contact, fetching
late-silent = No contact; gets it when it is back
late-turn = Its turn comes
late-waiting = Its wave is not out
release-under = Release { $value } is on its way with the same data. When this one starts, shops that have it get its rows and this fix; the others get what they have and this fix. Taking { $value } back keeps the fix.
release-fixed = The urgent fix { $value } went under it: its waves go on with the fix, and taking it back keeps the fix.
release-brings = What it brings
release-approved = Approved by { $value }, up to { $other } shops
release-deeds = What you can do
release-do-confirm = Confirm
release-do-confirm-hint = You looked at it and it is meant so. Whoever made the release cannot confirm it.
release-do-approve = Approve
release-do-approve-hint = For so many shops at most. Many shops need two people.
release-do-start = Start
release-do-start-hint = The list of shops is frozen, and the first wave goes. Shops switch by their own clocks.
release-do-cancel = Cancel
release-do-cancel-hint = No shop has it. What was changed stays in the tables and goes with the next release.
release-do-accept = Take the gate upon yourself
release-do-accept-hint = For this wave only; a worse value stops it again.
release-do-pause = Pause
release-do-pause-hint = No further wave, and no further shop switches. Shops that have it keep it.
release-do-resume = Resume
release-do-resume-hint = The wave is watched anew from now on.
release-do-roll-back = Roll back
release-do-roll-back-hint = Every shop gets the version before at once. Receipts that were sold stay as they are.
release-bake = Watch a wave for, minutes
release-opens = Shops switch from (their own clock)
release-closes = Shops switch until
fault-release-title = Give it a name of 3 to 80 characters
fault-field = This cannot be read
refusal-second-person = A second person must do this: you made or started this release.
refusal-approvals = { $value } shops need the approval of { $needed } people; { $other } agreed so far.
refusal-crossing = Release { $value } holds the same data ({ $other }): finish it, cancel it or roll it back first. Only an urgent release that is made now goes under it.
refusal-stale = Another release of the same data ({ $value }) was finished since: cancel this one and make a new one.
refusal-unknown = There is no release { $value }.
refusal-name-taken = { $value } is another release already.
refusal-right = This needs the right to { $value }.
right-stop = stop releases
right-create = make releases
right-approve = approve releases
right-rule = set the rules of releases
refusal-planner-only = Waves go by themselves, when every gate is green.
refusal-person-only = A person must do this, with a name and a reason.
refusal-layers = A release changes something, and each kind of data once: make it anew.
refusal-under-needs-urgent = Only an urgent release goes under one that is on its way; others wait for it.
refusal-overtaken = Release { $value } went on with the same data ({ $other }) since: cancel this one and make the urgent release anew.
refusal-fix-stays = The fix lies under release { $value } and stays: correct the rows and make another urgent release.
refusal-all-held = Release { $value } holds everything that was changed since. It goes with the next release, or now with an urgent one.
refusal-urgent-agent = A release of the program is never urgent.
refusal-stage = It is at the stage “{ $value }” now: this cannot be done there.
refusal-held = The check holds it: { $value }. A second person must confirm each of these.
refusal-nothing-to-confirm = Nothing of this kind holds the release: { $value }.
refusal-reach = { $value } shops were approved, and there are { $other } now: approve it again.
refusal-stores = The list names a shop twice.
refusal-frozen = { $value }: nothing goes out until { $other }.
refusal-wave-order = The next wave is { $value }.
refusal-unknown-gate = There is no gate “{ $value }”.
refusal-already-out = Shops have it already: roll it back.
refusal-nothing-out = No shop has it yet: cancel it.
release-state = State
release-who = Made by
release-store = Shop
release-when = Since
dataset-stops = Stop list
dataset-staff = People and rights

# Till: what prices and the other data are from
dataset-when = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $clock }
dataset-prices-nothing = No prices came from the office yet
dataset-prices-on-sale = Prices of { $when }, in force
dataset-prices-on-sale-undated = Prices are in force
dataset-prices-waits = New prices wait: from { $when }
dataset-prices-waits-midnight = New prices wait for midnight (from { $when })
dataset-prices-comes = New prices are being loaded
dataset-prices-refused = The newest prices were refused: { $why }; the former ones stay on sale
dataset-prices-withheld = Prices may not be the newest: the office signed newer data that do not arrive. Tell the support desk
dataset-prices-silent = { $days ->
    [one] Prices were not updated for { $days } day: the office is not reached
   *[other] Prices were not updated for { $days } days: the office is not reached
}
dataset-offers-nothing = There are no promotions
dataset-offers-on-sale = Promotions of { $when }, in force
dataset-offers-on-sale-undated = Promotions are in force
dataset-offers-waits = New promotions wait: from { $when }
dataset-offers-waits-midnight = New promotions wait for midnight (from { $when })
dataset-offers-comes = New promotions are being loaded
dataset-offers-refused = The newest promotions were refused: { $why }; the former ones stay in force
dataset-offers-withheld = Promotions may not be the newest: the office signed newer data that do not arrive. Tell the support desk
dataset-offers-silent = { $days ->
    [one] Promotions were not updated for { $days } day: the office is not reached
   *[other] Promotions were not updated for { $days } days: the office is not reached
}
dataset-goods-nothing = No catalogue came from the office yet
dataset-goods-on-sale = Catalogue of { $when }, in force
dataset-goods-on-sale-undated = The catalogue is in force
dataset-goods-waits = A new catalogue waits: from { $when }
dataset-goods-waits-midnight = A new catalogue waits for midnight (from { $when })
dataset-goods-comes = A new catalogue is being loaded
dataset-goods-refused = The newest catalogue was refused: { $why }; the former one stays
dataset-goods-withheld = The catalogue may not be the newest: the office signed newer data that do not arrive. Tell the support desk
dataset-goods-silent = { $days ->
    [one] The catalogue was not updated for { $days } day: the office is not reached
   *[other] The catalogue was not updated for { $days } days: the office is not reached
}
dataset-stops-nothing = Nothing is stopped from sale
dataset-stops-on-sale = Stops of sale of { $when }, in force
dataset-stops-on-sale-undated = Stops of sale are in force
dataset-stops-waits = New stops of sale wait: from { $when }
dataset-stops-waits-midnight = New stops of sale wait for midnight (from { $when })
dataset-stops-comes = New stops of sale are being loaded
dataset-stops-refused = The newest stops of sale were refused: { $why }; the former ones stay in force
dataset-stops-withheld = Sale stops may not be the newest: the office signed newer data that do not arrive. Tell the support desk
dataset-stops-silent = { $days ->
    [one] Stops of sale were not updated for { $days } day: the office is not reached
   *[other] Stops of sale were not updated for { $days } days: the office is not reached
}
dataset-refused-root = the data do not match the office's signature
dataset-refused-record = it holds a record that cannot be read
dataset-refused-segment = the file came damaged
dataset-refused-older = it is older than the one taken
dataset-refused-forged = the signature is not of the office
dataset-refused-expired = its time is over
dataset-refused-disk = the disk did not take it
dataset-refused-unknown = the journal says why

# Late tails of replaced machines
nav-tails = Late entries
tails-hint = What a machine had not sent when it was replaced, and sent later. Until somebody decides, it lies aside and counts nowhere.
tails-none = Nothing waits for a decision.
tails-look = Look at what came
tail-workplace = Workplace
tail-entries = Entries
tail-range = Epoch { $value }, entries { $other }
tail-money = Sum of receipts
tail-came = Came
tail-came-at = came { $value }
tail-of = Late entries of { $value }
tail-receipts = receipts worth
tail-stock = Goods moved
tail-serials = Serial numbers
tail-serial-sold = sold
tail-serial-returned = returned
tail-cash = Money moved
tail-more = The first { $value } are shown.
tail-deeds = Decision
tail-accept = Accept
tail-accept-hint = The shop books these movements in its journal as soon as it is on line. The entries themselves stay here as they were signed.
tail-refuse = Refuse
tail-refuse-hint = The entries are kept and count nowhere.
tail-grew = More entries came since: look again, then decide.
cash-place-drawer = Drawer
cash-place-card-clearing = Card payments
cash-place-revenue = Revenue
cash-place-outside = Safe or bank
cash-place-discrepancy = Discrepancy
cash-place-other-clearing = Other payments
cash-place-unknown = Unknown place
