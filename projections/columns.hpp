#pragma once

#include "projections/rows.hpp"

/// The columns of every table of group `core`, key columns first. Ids, texts and words are as in
/// api.md; money is ngwee.
namespace pakashop::model::tables {

namespace columns {

using enum ColumnType;

/// Two words follow from several columns and are asked of orders.hpp: order_status (`phase` is
/// PENDING, CONFIRMED, DELIVERED or CANCELLED; in CONFIRMED the least advanced live part counts)
/// and order_payment_status (`payment` names the attempt whose money came last, in time or late;
/// `last_attempt` is PENDING or FAILED).
inline constexpr std::array orders{
    Column{"id", text},
    Column{"buyer", text},
    Column{"phase", text},
    Column{"last_attempt", text},
    Column{"payment", text},
    Column{"reservation", text},
    Column{"items_total", integer},
    Column{"delivery_fee", integer},
    Column{"discount", integer},
    Column{"vat", integer},
    Column{"total", integer},
    Column{"first_name", text},
    Column{"last_name", text},
    Column{"line1", text},
    Column{"city", text},
    Column{"province", text},
    Column{"phone", text},
    Column{"lat_e6", integer},
    Column{"lng_e6", integer},
    Column{"notes", text},
    Column{"try", text},
    Column{"cancel_reason", text},
    Column{"expires_at", instant},
    Column{"created_at", instant},
    Column{"confirmed_at", instant},
    Column{"delivered_at", instant},
    Column{"cancelled_at", instant},
};
inline constexpr std::array order_items{
    Column{"id", text},
    Column{"order_id", text},
    Column{"position", integer},
    Column{"product", text},
    Column{"shop", text},
    Column{"name", text},
    Column{"item_code", text},
    Column{"tax_code", text},
    Column{"quantity", integer},
    Column{"unit_price", integer},
    Column{"line_total", integer},
    Column{"vat", integer},
    Column{"tier_min_quantity", integer},
    Column{"tier_price", integer},
    Column{"commission_ppm", integer},
    Column{"cancelled", boolean},
};
/// `status` is PENDING, CONFIRMED, PROCESSING, SHIPPED, OUT_FOR_DELIVERY, DELIVERED or CANCELLED.
inline constexpr std::array fulfilments{
    Column{"order_id", text},
    Column{"shop", text},
    Column{"position", integer},
    Column{"buyer", text},
    Column{"status", text},
    Column{"agent", text},
    Column{"cancel_reason", text},
    Column{"created_at", instant},
    Column{"accepted_at", instant},
    Column{"ready_at", instant},
    Column{"picked_up_at", instant},
    Column{"delivered_at", instant},
    Column{"cancelled_at", instant},
};
/// Attempts to pay. `late`: the money is owed back; `received` differs from `amount` on a mismatch,
/// whose status is UNKNOWN.
inline constexpr std::array payments{
    Column{"id", text},
    Column{"order_id", text},
    Column{"buyer", text},
    Column{"provider", text},
    Column{"network", text},
    Column{"provider_reference", text},
    Column{"phone", text},
    Column{"amount", integer},
    Column{"received", integer},
    Column{"status", text},
    Column{"late", boolean},
    Column{"attempts", integer},
    Column{"provider_transaction", text},
    Column{"evidence", text},
    Column{"failure_code", text},
    Column{"failure_message", text},
    Column{"expires_at", instant},
    Column{"created_at", instant},
    Column{"settled_at", instant},
};
/// What is owed back to buyers of paid orders. `items` is an array of item ids.
inline constexpr std::array refunds{
    Column{"id", text},
    Column{"order_id", text},
    Column{"amount", integer},
    Column{"items", json},
    Column{"reason", text},
    Column{"status", text},
    Column{"created_at", instant},
};
/// `status` is a word of DeliveryStatus (events/statuses.hpp); FAILED: nothing left to deliver.
inline constexpr std::array deliveries{
    Column{"id", text},
    Column{"order_id", text},
    Column{"buyer", text},
    Column{"status", text},
    Column{"agent", text},
    Column{"claimed", boolean},
    Column{"release_reason", text},
    Column{"pin_issue", integer},
    Column{"pin_issued_at", instant},
    Column{"pin_expires_at", instant},
    Column{"pin_attempts_left", integer},
    Column{"pin_locked_until", instant},
    Column{"pin_accepted_at", instant},
    Column{"signature", text},
    Column{"assigned_at", instant},
    Column{"departed_at", instant},
    Column{"delivered_at", instant},
    Column{"created_at", instant},
};
/// `status` is WAITING, READY, PICKED_UP or DROPPED.
inline constexpr std::array delivery_stops{
    Column{"delivery", text},
    Column{"shop", text},
    Column{"order_id", text},
    Column{"position", integer},
    Column{"status", text},
    Column{"picked_up_at", instant},
};
/// Proofs of delivery by signature id; `strokes` is JSON text, `image` base64.
inline constexpr std::array proofs{
    Column{"signature", text},
    Column{"delivery", text},
    Column{"order_id", text},
    Column{"agent", text},
    Column{"image", text},
    Column{"strokes", text},
    Column{"signatory_name", text},
    Column{"signatory_phone", text},
    Column{"lat_e6", integer},
    Column{"lng_e6", integer},
    Column{"legacy_hash", text},
    Column{"proof_hash", text},
    Column{"proof_signature", text},
    Column{"pin_accepted_at", instant},
    Column{"captured_at", instant},
};
/// `status` is HELD, RELEASABLE, PAYOUT_PENDING, PAID_OUT, CANCELLED or REVERSED.
inline constexpr std::array settlement_lines{
    Column{"item", text},
    Column{"order_id", text},
    Column{"shop", text},
    Column{"gross", integer},
    Column{"platform_fee", integer},
    Column{"vendor_amount", integer},
    Column{"status", text},
    Column{"payout", text},
    Column{"reason", text},
    Column{"created_at", instant},
    Column{"released_at", instant},
    Column{"updated_at", instant},
};
/// `status` is PENDING, ACTIVE, REJECTED or SUSPENDED; `tpin_status` UNCHECKED, VALID or INVALID.
inline constexpr std::array shops{
    Column{"id", text},
    Column{"owner", text},
    Column{"name", text},
    Column{"seller_kind", text},
    Column{"status", text},
    Column{"reason", text},
    Column{"tpin", text},
    Column{"tpin_status", text},
    Column{"tpin_checked_at", instant},
    Column{"address", text},
    Column{"phone", text},
    Column{"payout_network", text},
    Column{"payout_phone", text},
    Column{"payout_masked", text},
    Column{"created_at", instant},
    Column{"approved_at", instant},
};
inline constexpr std::array accounts{
    Column{"shop", text},
    Column{"held", integer},
    Column{"releasable", integer},
    Column{"in_payout", integer},
    Column{"paid_out", integer},
};
/// `status` is PENDING, SENT, COMPLETED, FAILED or REVERSED; `line_ids` an array of item ids.
inline constexpr std::array payouts{
    Column{"id", text},
    Column{"shop", text},
    Column{"amount", integer},
    Column{"status", text},
    Column{"network", text},
    Column{"phone", text},
    Column{"masked", text},
    Column{"lines", integer},
    Column{"line_ids", json},
    Column{"attempts", integer},
    Column{"provider_reference", text},
    Column{"provider_transaction", text},
    Column{"failure_code", text},
    Column{"failure_message", text},
    Column{"created_at", instant},
    Column{"sent_at", instant},
    Column{"completed_at", instant},
};
inline constexpr std::array payout_lines{
    Column{"payout", text},
    Column{"item", text},
    Column{"order_id", text},
    Column{"shop", text},
    Column{"amount", integer},
};
/// `status` is PENDING, SENT, FAILED, MOCK or BLOCKED_TPIN. `payload` is the document as it is
/// sent, `response` the receipt, or the last refusal.
inline constexpr std::array invoices{
    Column{"id", text},
    Column{"order_id", text},
    Column{"shop", text},
    Column{"tpin", text},
    Column{"number", text},
    Column{"invoice_date", instant},
    Column{"status", text},
    Column{"vsdc_number", text},
    Column{"total", integer},
    Column{"vat", integer},
    Column{"retry_count", integer},
    Column{"last_retry_at", instant},
    Column{"next_retry_at", instant},
    Column{"failure_code", text},
    Column{"failure_message", text},
    Column{"lines", json},
    Column{"payload", text},
    Column{"response", text},
    Column{"created_at", instant},
    Column{"sent_at", instant},
};
/// What can be bought is `on_hand` − `held`. `status` is ACTIVE, HIDDEN or DELETED; `categories`
/// and `images` are arrays of texts, `tiers` of {minQuantity, price}.
inline constexpr std::array products{
    Column{"id", text},
    Column{"shop", text},
    Column{"sku", text},
    Column{"name", text},
    Column{"description", text},
    Column{"price", integer},
    Column{"on_hand", integer},
    Column{"held", integer},
    Column{"categories", json},
    Column{"item_code", text},
    Column{"tax_code", text},
    Column{"tiers", json},
    Column{"images", json},
    Column{"status", text},
    Column{"created_at", instant},
};
/// Units set aside and neither sold nor released yet; the sweep of architecture 3.1 reads it.
inline constexpr std::array stock_holds{
    Column{"product", text},
    Column{"order_id", text},
    Column{"try", text},
    Column{"quantity", integer},
    Column{"held_at", instant},
};
/// Who people are, by user id. `login` is the login's key.
inline constexpr std::array people{
    Column{"id", text},
    Column{"login", text},
    Column{"email", text},
    Column{"phone", text},
    Column{"name", text},
    Column{"totp_enrolled", boolean},
    Column{"created_at", instant},
};
/// A role stands once for each reason it was granted for (`because`, empty: at registration).
inline constexpr std::array user_roles{
    Column{"user_id", text},
    Column{"role", text},
    Column{"because", text},
    Column{"granted_at", instant},
};
/// `status` is PENDING, ACTIVE, REJECTED or SUSPENDED; `documents` an array of {kind, url}.
inline constexpr std::array agents{
    Column{"id", text},
    Column{"user_id", text},
    Column{"type", text},
    Column{"status", text},
    Column{"reason", text},
    Column{"available", boolean},
    Column{"full_name", text},
    Column{"phone", text},
    Column{"nrc", text},
    Column{"vehicle_type", text},
    Column{"registration", text},
    Column{"legal_name", text},
    Column{"pacra_number", text},
    Column{"documents", json},
    Column{"created_at", instant},
    Column{"approved_at", instant},
};
inline constexpr std::array config{
    Column{"name", text},
    Column{"value", text},
    Column{"changed_by", text},
    Column{"changed_at", instant},
};
/// Balanced postings: each row debits one account and credits another with the same amount. The
/// accounts: captured, held, releasable, in_payout, paid_out, platform_fees, delivery_fees,
/// refund_payable, refunded, suspense. `reference` is the payment or payout it was about.
inline constexpr std::array ledger{
    Column{"partition", integer},
    Column{"seq", integer},
    Column{"index", integer},
    Column{"posting", integer},
    Column{"order_id", text},
    Column{"shop", text},
    Column{"event_type", text},
    Column{"reference", text},
    Column{"debit", text},
    Column{"credit", text},
    Column{"amount", integer},
    Column{"at", instant},
};
/// Every event; `payload` as stored, personal fields as ciphertext. Ids and hashes are hex.
inline constexpr std::array journal{
    Column{"partition", integer}, Column{"seq", integer},       Column{"index", integer},
    Column{"key", text},          Column{"stream", text},       Column{"version", integer},
    Column{"event_id", text},     Column{"type", text},         Column{"at", instant},
    Column{"principal", text},    Column{"role", text},         Column{"proof", text},
    Column{"command", text},      Column{"command_type", text}, Column{"causation", text},
    Column{"correlation", text},  Column{"traceparent", text},  Column{"hash", text},
    Column{"payload", json},
};
/// Effects that are not finished. `running_until`: the lease of the attempt under way.
inline constexpr std::array effects_due{
    Column{"effect", text},
    Column{"key", text},
    Column{"kind", text},
    Column{"subject", text},
    Column{"attempts", integer},
    Column{"reason", text},
    Column{"due_at", instant},
    Column{"expires_at", instant},
    Column{"running_until", instant},
    Column{"requested_at", instant},
};
/// What falls due: `kind` is order_expiry or payment_expiry, `subject` the order or payment.
inline constexpr std::array schedule_due{
    Column{"kind", text},
    Column{"subject", text},
    Column{"key", text},
    Column{"due_at", instant},
};
/// The providers' ids of what we asked them: `kind` is deposit or payout, `subject` our id.
inline constexpr std::array external_ids{
    Column{"reference", text},
    Column{"kind", text},
    Column{"subject", text},
    Column{"key", text},
    Column{"created_at", instant},
};

}  // namespace columns

}  // namespace pakashop::model::tables
