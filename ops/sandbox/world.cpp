#include "ops/sandbox/world.hpp"

#include <utility>

#include "ops/sandbox/control.hpp"
#include "ops/sandbox/transactions.hpp"
#include "ops/sandbox/whatsapp.hpp"
#include "ops/sandbox/zra.hpp"

namespace pakashop::sandbox {

World::World(const Defaults& defaults, std::shared_ptr<const CallbackSecrets> secrets)
    : ledger_{defaults},
      secrets_{std::move(secrets)},
      public_pem_{secrets_->signing_key.public_pem()} {}

bool World::replay(std::string_view line) { return ledger_.replay(line); }

Reply World::handle(const Call& call, Instant wall) {
    advance(wall);
    return route(Desk{ledger_, now_at(wall), wall}, call);
}

Reply World::route(const Desk& desk, const Call& call) {
    const auto parts = segments_of(call.path);
    const std::string_view first = parts.empty() ? std::string_view{} : parts.front();
    if (first == "pawapay") {
        read_client_keys();
        const KeyFinder finder = [this](std::string_view id) -> const PublicKey* {
            const auto found = client_keys_.find(id);
            return found == client_keys_.end() ? nullptr : &found->second;
        };
        return answer_pawapay(desk, SignatureKeys{finder, public_pem_}, call);
    }
    if (first == "zra") return answer_zra(desk, call);
    if (first == "whatsapp") return answer_whatsapp(desk, call);
    if (first == "sandbox") {
        client_keys_known_ = client_keys_known_ && call.method != "PUT";
        return answer_control(desk, call, !secrets_->webhook_secret.empty());
    }
    if (call.path == "/health") return {.body = R"({"status":"ok"})"};
    return problem(404, "not_found", "there is no such call");
}

void World::advance(Instant wall) { settle_due(ledger_, now_at(wall)); }

void World::record(const Delivery& delivery, int status, Instant wall) {
    callbacks_.record(ledger_, delivery, status, now_at(wall));
}

Output World::take_output(Instant wall) {
    auto deliveries = callbacks_.due(ledger_, now_at(wall));
    return {ledger_.take_unsaved(), std::move(deliveries)};
}

std::optional<Instant> World::next_due() const {
    auto due = ledger_.next_entry_due();
    const auto callback_due = callbacks_.next_due(ledger_);
    if (callback_due && (!due || *callback_due < *due)) due = callback_due;
    if (due) *due -= ledger_.clock_offset_ms();
    return due;
}

void World::read_client_keys() {
    if (client_keys_known_) return;
    client_keys_.clear();
    for (const auto& key : ledger_.settings().client_keys.value()) {
        if (auto read = PublicKey::from_pem(key.pem)) {
            client_keys_.insert_or_assign(key.key_id, std::move(*read));
        }
    }
    client_keys_known_ = true;
}

}  // namespace pakashop::sandbox
