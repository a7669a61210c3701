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
till-business-time = Only a training workplace accepts a business time
till-business-time-next = Leave business_time out: the till uses its own clock.
till-incomplete = The past of this workplace is not restored yet
till-incomplete-next = Wait for the connection to the centre, or call support.
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
