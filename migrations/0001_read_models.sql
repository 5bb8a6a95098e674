-- The read models of group core (projections/tables.hpp declares the same tables; a test compares
-- the two). They follow from the log and can be dropped and made again from it. Money is ngwee.

CREATE TABLE checkpoints (
    group_name text NOT NULL,
    partition integer NOT NULL,
    generation text NOT NULL,
    seq bigint NOT NULL,
    head text NOT NULL,
    epoch bigint NOT NULL,
    node text NOT NULL,
    resigned boolean NOT NULL,
    sealed boolean NOT NULL,
    next_offset bigint NOT NULL,
    last_offset bigint NOT NULL,
    last_hash text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (group_name, partition)
) WITH (fillfactor = 50);
COMMENT ON TABLE checkpoints IS
    'How far each group of read models is in each partition of the log; also a witness of the log.';

-- Not a read model: which rows of effects_due a worker looks after just now, and how they were when
-- it took them. Losing it costs nothing.
CREATE TABLE effect_leases (
    effect text PRIMARY KEY,
    leased_until timestamptz NOT NULL,
    attempts bigint NOT NULL,
    due_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE orders (
    id text NOT NULL,
    buyer text,
    phase text,
    last_attempt text,
    payment text,
    reservation text,
    items_total bigint,
    delivery_fee bigint,
    discount bigint,
    vat bigint,
    total bigint,
    first_name text,
    last_name text,
    line1 text,
    city text,
    province text,
    phone text,
    lat_e6 bigint,
    lng_e6 bigint,
    notes text,
    try text,
    cancel_reason text,
    expires_at timestamptz,
    created_at timestamptz,
    confirmed_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    PRIMARY KEY (id)
) WITH (fillfactor = 80);
CREATE INDEX ON orders (buyer, created_at, id);
CREATE INDEX ON orders (phase, created_at, id);
CREATE INDEX ON orders (created_at, id);

CREATE TABLE order_items (
    id text NOT NULL,
    order_id text,
    position bigint,
    product text,
    shop text,
    name text,
    item_code text,
    tax_code text,
    quantity bigint,
    unit_price bigint,
    line_total bigint,
    vat bigint,
    tier_min_quantity bigint,
    tier_price bigint,
    commission_ppm bigint,
    cancelled boolean,
    PRIMARY KEY (id)
);
CREATE INDEX ON order_items (order_id, position);
CREATE INDEX ON order_items (product);

CREATE TABLE fulfilments (
    order_id text NOT NULL,
    shop text NOT NULL,
    position bigint,
    buyer text,
    status text,
    agent text,
    cancel_reason text,
    created_at timestamptz,
    accepted_at timestamptz,
    ready_at timestamptz,
    picked_up_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    PRIMARY KEY (order_id, shop)
) WITH (fillfactor = 80);
CREATE INDEX ON fulfilments (shop, created_at, order_id);

CREATE TABLE payments (
    id text NOT NULL,
    order_id text,
    buyer text,
    provider text,
    network text,
    provider_reference text,
    phone text,
    amount bigint,
    received bigint,
    status text,
    late boolean,
    attempts bigint,
    provider_transaction text,
    evidence text,
    failure_code text,
    failure_message text,
    expires_at timestamptz,
    created_at timestamptz,
    settled_at timestamptz,
    PRIMARY KEY (id)
) WITH (fillfactor = 80);
CREATE INDEX ON payments (order_id, created_at);

CREATE TABLE refunds (
    id text NOT NULL,
    order_id text,
    amount bigint,
    items json,
    reason text,
    status text,
    created_at timestamptz,
    PRIMARY KEY (id)
);
CREATE INDEX ON refunds (order_id);

CREATE TABLE deliveries (
    id text NOT NULL,
    order_id text,
    buyer text,
    status text,
    agent text,
    claimed boolean,
    release_reason text,
    pin_issue bigint,
    pin_issued_at timestamptz,
    pin_expires_at timestamptz,
    pin_attempts_left bigint,
    pin_locked_until timestamptz,
    pin_accepted_at timestamptz,
    signature text,
    assigned_at timestamptz,
    departed_at timestamptz,
    delivered_at timestamptz,
    created_at timestamptz,
    PRIMARY KEY (id)
) WITH (fillfactor = 80);
CREATE INDEX ON deliveries (order_id);
CREATE INDEX ON deliveries (agent, created_at, id);
CREATE INDEX ON deliveries (status, created_at, id);

CREATE TABLE delivery_stops (
    delivery text NOT NULL,
    shop text NOT NULL,
    order_id text,
    position bigint,
    status text,
    picked_up_at timestamptz,
    PRIMARY KEY (delivery, shop)
) WITH (fillfactor = 80);
CREATE INDEX ON delivery_stops (order_id);

CREATE TABLE proofs (
    signature text NOT NULL,
    delivery text,
    order_id text,
    agent text,
    image text,
    strokes text,
    signatory_name text,
    signatory_phone text,
    lat_e6 bigint,
    lng_e6 bigint,
    legacy_hash text,
    proof_hash text,
    proof_signature text,
    pin_accepted_at timestamptz,
    captured_at timestamptz,
    PRIMARY KEY (signature)
);
CREATE INDEX ON proofs (order_id);

CREATE TABLE settlement_lines (
    item text NOT NULL,
    order_id text,
    shop text,
    gross bigint,
    platform_fee bigint,
    vendor_amount bigint,
    status text,
    payout text,
    reason text,
    created_at timestamptz,
    released_at timestamptz,
    updated_at timestamptz,
    PRIMARY KEY (item)
) WITH (fillfactor = 80);
CREATE INDEX ON settlement_lines (shop, created_at, item);
CREATE INDEX ON settlement_lines (order_id);

CREATE TABLE shops (
    id text NOT NULL,
    owner text,
    name text,
    seller_kind text,
    status text,
    reason text,
    tpin text,
    tpin_status text,
    tpin_checked_at timestamptz,
    address text,
    phone text,
    payout_network text,
    payout_phone text,
    payout_masked text,
    created_at timestamptz,
    approved_at timestamptz,
    PRIMARY KEY (id)
);
CREATE INDEX ON shops (owner);
CREATE INDEX ON shops (status, created_at, id);
CREATE INDEX ON shops (tpin);

CREATE TABLE accounts (
    shop text NOT NULL,
    held bigint,
    releasable bigint,
    in_payout bigint,
    paid_out bigint,
    PRIMARY KEY (shop)
) WITH (fillfactor = 80);

CREATE TABLE payouts (
    id text NOT NULL,
    shop text,
    amount bigint,
    status text,
    network text,
    phone text,
    masked text,
    lines bigint,
    line_ids json,
    attempts bigint,
    provider_reference text,
    provider_transaction text,
    failure_code text,
    failure_message text,
    created_at timestamptz,
    sent_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (id)
);
CREATE INDEX ON payouts (shop, created_at, id);
CREATE INDEX ON payouts (status, created_at, id);
CREATE INDEX ON payouts (created_at, id);

CREATE TABLE payout_lines (
    payout text NOT NULL,
    item text NOT NULL,
    order_id text,
    shop text,
    amount bigint,
    PRIMARY KEY (payout, item)
);

CREATE TABLE invoices (
    id text NOT NULL,
    order_id text,
    shop text,
    tpin text,
    number text,
    invoice_date timestamptz,
    status text,
    vsdc_number text,
    total bigint,
    vat bigint,
    retry_count bigint,
    last_retry_at timestamptz,
    next_retry_at timestamptz,
    failure_code text,
    failure_message text,
    lines json,
    payload text,
    response text,
    created_at timestamptz,
    sent_at timestamptz,
    PRIMARY KEY (id)
) WITH (fillfactor = 80);
CREATE INDEX ON invoices (order_id);
CREATE INDEX ON invoices (status, created_at, id);
CREATE INDEX ON invoices (shop, created_at, id);
CREATE INDEX ON invoices (created_at, id);

CREATE TABLE products (
    id text NOT NULL,
    shop text,
    sku text,
    name text,
    description text,
    price bigint,
    on_hand bigint,
    held bigint,
    categories json,
    item_code text,
    tax_code text,
    tiers json,
    images json,
    status text,
    created_at timestamptz,
    PRIMARY KEY (id)
) WITH (fillfactor = 80);
CREATE INDEX ON products (shop, created_at, id);
CREATE INDEX ON products (created_at, id);
CREATE INDEX ON products (price, id);
CREATE INDEX ON products (name, id);
CREATE INDEX ON products USING gin ((categories::jsonb));

CREATE TABLE stock_holds (
    product text NOT NULL,
    order_id text NOT NULL,
    try text NOT NULL,
    quantity bigint,
    held_at timestamptz,
    PRIMARY KEY (product, order_id, try)
);
CREATE INDEX ON stock_holds (held_at);
CREATE INDEX ON stock_holds (order_id);

CREATE TABLE people (
    id text NOT NULL,
    login text,
    email text,
    phone text,
    name text,
    totp_enrolled boolean,
    created_at timestamptz,
    PRIMARY KEY (id)
);
CREATE INDEX ON people (lower(email));
CREATE INDEX ON people (login);

CREATE TABLE user_roles (
    user_id text NOT NULL,
    role text NOT NULL,
    because text NOT NULL,
    granted_at timestamptz,
    PRIMARY KEY (user_id, role, because)
);

CREATE TABLE agents (
    id text NOT NULL,
    user_id text,
    type text,
    status text,
    reason text,
    available boolean,
    full_name text,
    phone text,
    nrc text,
    vehicle_type text,
    registration text,
    legal_name text,
    pacra_number text,
    documents json,
    created_at timestamptz,
    approved_at timestamptz,
    PRIMARY KEY (id)
);
CREATE INDEX ON agents (user_id);
CREATE INDEX ON agents (status, created_at, id);

CREATE TABLE config (
    name text NOT NULL,
    value text,
    changed_by text,
    changed_at timestamptz,
    PRIMARY KEY (name)
);

CREATE TABLE ledger (
    partition bigint NOT NULL,
    seq bigint NOT NULL,
    index bigint NOT NULL,
    posting bigint NOT NULL,
    order_id text,
    shop text,
    event_type text,
    reference text,
    debit text,
    credit text,
    amount bigint,
    at timestamptz,
    PRIMARY KEY (partition, seq, index, posting)
);
CREATE INDEX ON ledger (order_id);
CREATE INDEX ON ledger (at);

CREATE TABLE journal (
    partition bigint NOT NULL,
    seq bigint NOT NULL,
    index bigint NOT NULL,
    key text,
    stream text,
    version bigint,
    event_id text,
    type text,
    at timestamptz,
    principal text,
    role text,
    proof text,
    command text,
    command_type text,
    causation text,
    correlation text,
    traceparent text,
    hash text,
    payload json,
    PRIMARY KEY (partition, seq, index)
);
CREATE INDEX ON journal (key, seq, index);
CREATE INDEX ON journal (stream, version);
CREATE INDEX ON journal USING brin (at);

CREATE TABLE effects_due (
    effect text NOT NULL,
    key text,
    kind text,
    subject text,
    attempts bigint,
    reason text,
    due_at timestamptz,
    expires_at timestamptz,
    running_until timestamptz,
    requested_at timestamptz,
    PRIMARY KEY (effect)
) WITH (fillfactor = 80);
CREATE INDEX ON effects_due (due_at);

CREATE TABLE schedule_due (
    kind text NOT NULL,
    subject text NOT NULL,
    key text,
    due_at timestamptz,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX ON schedule_due (due_at);

CREATE TABLE external_ids (
    reference text NOT NULL,
    kind text,
    subject text,
    key text,
    created_at timestamptz,
    PRIMARY KEY (reference)
);
CREATE INDEX ON external_ids (subject);
