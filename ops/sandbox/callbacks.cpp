#include "ops/sandbox/callbacks.hpp"

#include <algorithm>

#include "ops/sandbox/pawapay.hpp"
#include "ops/sandbox/signatures.hpp"
#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

constexpr std::int64_t first_pause_ms = 500;
constexpr std::int64_t longest_pause_ms = 30'000;
constexpr std::int64_t patience_ms = 15 * 60 * 1000;

std::string url_of(const Ledger& ledger, std::string_view kind) {
    const auto& settings = ledger.settings();
    if (kind == "deposit") return settings.deposit_url.value_or("");
    if (kind == "payout") return settings.payout_url.value_or("");
    return settings.refund_url.value_or("");
}

/// Lets go what waited for another callback of its kind to overtake it.
void release_yielding(Ledger& ledger, const Delivery& overtaker, Instant now) {
    std::vector<Callback> released;
    for (const auto& [number, callback] : ledger.callbacks()) {
        const bool waits = callback.yields && callback.kind == overtaker.kind;
        if (waits && number < overtaker.number) released.push_back(callback);
    }
    for (auto& callback : released) {
        callback.yields = false;
        callback.due = now;
        ledger.commit(callback);
    }
}

}  // namespace

Fields delivery_headers(const Delivery& delivery, const CallbackSecrets& secrets) {
    Fields headers{{"Content-Type", "application/json; charset=UTF-8"}};
    if (delivery.signing == "hmac") {
        const std::string secret = delivery.forged ? "not the secret" : secrets.webhook_secret;
        headers.emplace_back("X-Signature", hex(hmac_sha256(secret, delivery.body)));
        return headers;
    }
    const auto url = split_url(delivery.url);
    if (delivery.signing != "rfc9421" || !url) return headers;
    const auto& key = delivery.forged ? secrets.forger_key : secrets.signing_key;
    const SignedMessage message{"POST", url->authority, url->path, headers, delivery.body};
    const auto signature = sign_message(message, key, callback_key_id, delivery.signed_at);
    headers.insert(headers.end(), signature.begin(), signature.end());
    return headers;
}

std::vector<Delivery> CallbackDesk::due(const Ledger& ledger, Instant now) {
    std::vector<Delivery> deliveries;
    for (const auto& [due_at, number] : ledger.callback_order()) {
        if (due_at > now || under_way_.size() >= under_way_max) break;
        if (!under_way_.insert(number).second) continue;
        const Callback& callback = ledger.callbacks().at(number);
        deliveries.push_back({
            .number = number,
            .entry = callback.entry,
            .kind = callback.kind,
            .url = url_of(ledger, callback.kind),
            .body = callback.body,
            .signing = ledger.settings().signing.value_or("none"),
            .forged = callback.forged,
            .signed_at = now - ledger.clock_offset_ms(),
        });
    }
    return deliveries;
}

void CallbackDesk::record(Ledger& ledger, const Delivery& delivery, int status, Instant now) {
    constexpr int delivered = 200;
    under_way_.erase(delivery.number);
    const auto found = ledger.callbacks().find(delivery.number);
    if (found == ledger.callbacks().end()) return;  // A reset came in between.
    const Callback& callback = found->second;
    const Instant first = callback.first_tried == 0 ? now : callback.first_tried;
    const bool finished = status == delivered || delivery.forged;
    const Instant next = finished ? 0 : next_attempt(callback.attempts + 1, first, now);
    ledger.commit(CallbackTried{delivery.number, delivery.entry, now, next});
    if (status == delivered) release_yielding(ledger, delivery, now);
}

std::optional<Instant> CallbackDesk::next_due(const Ledger& ledger) const {
    if (under_way_.size() >= under_way_max) return std::nullopt;
    for (const auto& [due_at, number] : ledger.callback_order()) {
        if (!under_way_.contains(number)) return due_at;
    }
    return std::nullopt;
}

Instant next_attempt(int attempts, Instant first_tried, Instant now) {
    if (now - first_tried >= patience_ms) return 0;
    std::int64_t pause = first_pause_ms;
    for (int i = 1; i < attempts && pause < longest_pause_ms; ++i) pause *= 2;
    return now + std::min(pause, longest_pause_ms);
}

}  // namespace pakashop::sandbox
