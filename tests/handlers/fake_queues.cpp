#include "tests/handlers/fake_queues.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace pakashop::kit {

Result<std::vector<DueEffect>, ReadFailure>
FakeEffects::lease(std::span<const EffectKind> kinds, Instant now, std::size_t limit, Duration) {
    const std::lock_guard lock{mutex_};
    std::vector<DueEffect> due;
    for (const auto& [id, row] : rows_) {
        const bool wanted = std::ranges::find(kinds, row.effect.kind) != kinds.end();
        if (wanted && row.due_at <= now && due.size() < limit) due.push_back(row.effect);
    }
    return due;
}

void FakeEffects::wait(Duration) { std::this_thread::sleep_for(std::chrono::milliseconds{2}); }

void FakeEffects::follow(const Commit& commit) {
    const std::lock_guard lock{mutex_};
    for (const CommittedEvent& event : commit.events) {
        const auto* family = std::get_if<EffectEvent>(&event.event);
        if (!family) continue;
        const std::string id{id_in(event.stream)};
        match(
            *family,
            [&](const EffectRequested& e) {
                const Row row{{e.effect, commit.key, e.kind, e.subject}, e.due_at};
                ever_[id] = row;
                if (!dropped_) rows_[id] = row;
            },
            [&](const EffectBegun& e) {
                if (rows_.contains(id)) rows_[id].due_at = e.lease_until;
            },
            [&](const EffectDeferred& e) {
                if (rows_.contains(id)) rows_[id].due_at = e.due_at;
            },
            [&](const EffectFinished&) { rows_.erase(id); }
        );
    }
}

void FakeEffects::drop() {
    const std::lock_guard lock{mutex_};
    rows_.clear();
    dropped_ = true;
}

void FakeEffects::restore_everything() {
    const std::lock_guard lock{mutex_};
    dropped_ = false;
    rows_ = ever_;
}

Result<std::vector<DueTime>, ReadFailure>
FakeSchedule::due(DueTime::Kind kind, Instant now, std::size_t limit) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    std::vector<DueTime> out;
    for (const DueTime& each : times) {
        const bool wanted = each.kind == kind && each.due_at <= now;
        if (wanted && out.size() < limit) out.push_back(each);
    }
    return out;
}

Result<std::vector<OpenTry>, ReadFailure> FakeSchedule::open_tries(Instant, std::size_t) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    return tries;
}

Result<std::vector<ShopId>, ReadFailure>
FakeSchedule::shops_to_pay(const ShopId& after, std::size_t limit) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    std::vector<ShopId> out;
    for (const ShopId& each : shops) {
        if (each > after && out.size() < limit) out.push_back(each);
    }
    return out;
}

Result<std::vector<ExhaustedInvoice>, ReadFailure> FakeSchedule::exhausted_invoices(std::size_t) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    return exhausted;
}

}  // namespace pakashop::kit
