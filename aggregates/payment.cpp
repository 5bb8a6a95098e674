#include "aggregates/payment.hpp"

#include <algorithm>

#include "aggregates/provider_reference.hpp"

namespace pakashop {
namespace {

using Decision = Result<Payment::Events, Payment::Refusal>;
using Events = Payment::Events;
using Refusal = Payment::Refusal;
using Opened = Payment::Opened;
using Attempt = Payment::Attempt;

/// No final word has come yet.
bool live(const Attempt& attempt) {
    return attempt.status == AttemptStatus::initiated || attempt.status == AttemptStatus::pending;
}

/// Its money is in the books, so nothing that is said of it later counts.
bool booked(const Attempt& attempt) {
    return attempt.status == AttemptStatus::captured || attempt.status == AttemptStatus::unknown;
}

const Attempt* attempt_of(const Opened& opened, const PaymentId& payment) {
    const auto found = std::ranges::find(opened.attempts, payment, &Attempt::payment);
    return found == opened.attempts.end() ? nullptr : &*found;
}

PaymentInitiated next_attempt(const Opened& opened, const Payment::Initiate& c) {
    const PaymentId id{child_id("pay", opened.order.value, opened.attempts.size() + 1)};
    return {
        id,
        opened.order,
        opened.buyer,
        c.provider,
        c.network,
        provider_reference(id),
        c.phone,
        opened.amount,
        c.now + c.ttl,
        c.now
    };
}

Decision initiate(const Opened& opened, const Payment::Initiate& c) {
    if (opened.closed) return unexpected{Refusal::stock_not_held};
    if (opened.captured) return unexpected{Refusal::already_paid};
    Events events;
    if (!opened.attempts.empty() && live(opened.attempts.back())) {
        const Attempt& last = opened.attempts.back();
        if (c.now < last.expires_at) return unexpected{Refusal::payment_in_progress};
        // The buyer came back before the schedule did.
        events.push_back(PaymentExpired{last.payment, opened.order, c.now});
    }
    events.push_back(next_attempt(opened, c));
    return events;
}

Decision record_pending(const Opened& opened, const Payment::RecordPending& c) {
    const Attempt* attempt = attempt_of(opened, c.payment);
    if (!attempt) return unexpected{Refusal::not_found};
    if (attempt->status != AttemptStatus::initiated) return Events{};
    return Events{PaymentPending{c.payment, c.now}};
}

/// Money in suspense turns out to be what was asked for. Of an order that can no longer take it, it
/// stays there for a person to decide.
Decision
correct_mismatch(const Opened& opened, const Attempt& attempt, const Payment::RecordCapture& c) {
    if (c.amount != attempt.amount || opened.closed || opened.captured) return Events{};
    return Events{PaymentCaptured{
        c.payment,
        opened.order,
        c.amount,
        c.provider_transaction,
        c.evidence,
        c.invoicing,
        c.now,
        attempt.mismatched
    }};
}

/// A success counts whenever it comes (C-15): a failed or expired attempt still pays the order, as
/// long as nothing else did and the order stands.
Decision record_capture(const Opened& opened, const Payment::RecordCapture& c) {
    const Attempt* attempt = attempt_of(opened, c.payment);
    if (attempt && attempt->mismatched) return correct_mismatch(opened, *attempt, c);
    if (!attempt || booked(*attempt)) return Events{};
    const auto& transaction = c.provider_transaction;
    if (c.amount != attempt->amount) {
        return Events{AmountMismatch{
            c.payment, opened.order, attempt->amount, c.amount, transaction, c.evidence, c.now
        }};
    }
    if (opened.closed || opened.captured) {
        return Events{LateCapture{c.payment, opened.order, c.amount, transaction, c.evidence, c.now}
        };
    }
    return Events{PaymentCaptured{
        c.payment, opened.order, c.amount, transaction, c.evidence, c.invoicing, c.now
    }};
}

Decision record_failure(const Opened& opened, const Payment::RecordFailure& c) {
    const Attempt* attempt = attempt_of(opened, c.payment);
    if (!attempt || !live(*attempt)) return Events{};
    return Events{PaymentFailed{c.payment, opened.order, c.failure, c.now}};
}

Decision expire(const Opened& opened, const Payment::Expire& c) {
    const Attempt* attempt = attempt_of(opened, c.payment);
    if (!attempt) return unexpected{Refusal::not_found};
    if (!live(*attempt)) return Events{};
    if (c.now < attempt->expires_at) return unexpected{Refusal::not_due};
    return Events{PaymentExpired{c.payment, opened.order, c.now}};
}

RefundId next_refund(const Opened& opened) {
    return {child_id("rfd", opened.order.value, opened.refunds.size() + 1)};
}

/// Money that came too late, or a second time, is owed back whole and once.
Decision owe_late(const Opened& opened, const PaymentId& late, const Payment::OweRefund& c) {
    const Attempt* attempt = attempt_of(opened, late);
    const bool came = attempt && attempt->status == AttemptStatus::captured;
    if (!came || opened.captured == late) return Events{};
    const auto owed = std::ranges::find(opened.refunds, late, &Payment::Refund::late);
    if (owed != opened.refunds.end()) return Events{};
    return Events{
        RefundOwed{opened.order, next_refund(opened), attempt->amount, {}, c.reason, c.now, late}
    };
}

bool owed_already(const Opened& opened, const std::vector<ItemId>& items) {
    return std::ranges::any_of(opened.refunds, [&](const Payment::Refund& refund) {
        return std::ranges::find_first_of(refund.items, items) != refund.items.end();
    });
}

/// Never more than was captured, and each line once.
Decision owe_refund(const Opened& opened, const Payment::OweRefund& c) {
    if (c.late) return owe_late(opened, *c.late, c);
    if (!opened.captured || owed_already(opened, c.items)) return Events{};
    Money left = opened.amount;
    for (const Payment::Refund& refund : opened.refunds) {
        if (!refund.late) left = left - refund.amount;
    }
    const Money amount = std::min(c.amount, left);
    if (amount <= Money{0}) return Events{};
    return Events{RefundOwed{opened.order, next_refund(opened), amount, c.items, c.reason, c.now}};
}

Attempt& attempt_in(Opened& opened, const PaymentId& payment) {
    const auto found = std::ranges::find(opened.attempts, payment, &Attempt::payment);
    if (found == opened.attempts.end()) throw CorruptStream{"an event of an unknown payment"};
    return *found;
}

void add_attempt(Opened& opened, const PaymentInitiated& e) {
    opened.attempts.push_back(
        {e.payment,
         e.provider,
         e.network,
         e.provider_reference,
         {e.phone, opened.version},
         e.amount,
         e.expires_at,
         AttemptStatus::initiated,
         std::nullopt}
    );
    opened.last_word = PaymentStatus::pending;
}

void evolve_opened(Opened& opened, const Payment::Event& event) {
    opened.version += 1;
    match(
        event,
        [](const PaymentOpened&) { throw CorruptStream{"a payment is opened twice"}; },
        [&](const PaymentInitiated& e) { add_attempt(opened, e); },
        [&](const PaymentPending& e) {
            attempt_in(opened, e.payment).status = AttemptStatus::pending;
        },
        [&](const PaymentCaptured& e) {
            attempt_in(opened, e.payment).status = AttemptStatus::captured;
            attempt_in(opened, e.payment).mismatched.reset();
            opened.captured = e.payment;
        },
        [&](const LateCapture& e) {
            attempt_in(opened, e.payment).status = AttemptStatus::captured;
        },
        [&](const AmountMismatch& e) {
            attempt_in(opened, e.payment).status = AttemptStatus::unknown;
            opened.last_word = PaymentStatus::pending;
            attempt_in(opened, e.payment).mismatched = e.received;
        },
        [&](const PaymentFailed& e) {
            Attempt& attempt = attempt_in(opened, e.payment);
            attempt.status = AttemptStatus::failed;
            attempt.failure = e.failure;
            opened.last_word = PaymentStatus::failed;
        },
        [&](const PaymentExpired& e) {
            attempt_in(opened, e.payment).status = AttemptStatus::expired;
            opened.last_word = PaymentStatus::failed;
        },
        [&](const PaymentClosed&) { opened.closed = true; },
        [&](const RefundOwed& e) {
            opened.refunds.push_back({e.refund, e.amount, e.items, e.payment});
        }
    );
}

}  // namespace

auto Payment::decide(const State& state, const Command& command) -> Result<Events, Refusal> {
    const auto* opened = std::get_if<Opened>(&state);
    const auto not_found = [] { return Decision{unexpected{Refusal::not_found}}; };
    const auto nothing = [] { return Decision{Events{}}; };
    return match(
        command,
        [&](const Open& c) {
            if (opened) return nothing();
            return Decision{Events{PaymentOpened{c.order, c.buyer, c.amount, c.now}}};
        },
        [&](const Initiate& c) { return opened ? initiate(*opened, c) : not_found(); },
        [&](const RecordPending& c) { return opened ? record_pending(*opened, c) : not_found(); },
        [&](const RecordCapture& c) { return opened ? record_capture(*opened, c) : nothing(); },
        [&](const RecordFailure& c) { return opened ? record_failure(*opened, c) : nothing(); },
        [&](const Expire& c) { return opened ? expire(*opened, c) : not_found(); },
        [&](const Close& c) {
            if (!opened || opened->closed) return nothing();
            return Decision{Events{PaymentClosed{opened->order, c.reason}}};
        },
        [&](const OweRefund& c) { return opened ? owe_refund(*opened, c) : nothing(); }
    );
}

auto Payment::evolve(State state, const Event& event) -> State {
    if (const auto* e = std::get_if<PaymentOpened>(&event)) {
        expect<Unopened>(state);
        Opened opened;
        opened.order = e->order;
        opened.buyer = e->buyer;
        opened.amount = e->amount;
        opened.version = 1;
        return opened;
    }
    evolve_opened(expect<Opened>(state), event);
    return state;
}

const Payment::Attempt* Payment::latest(const State& state) {
    const auto* opened = std::get_if<Opened>(&state);
    return opened && !opened->attempts.empty() ? &opened->attempts.back() : nullptr;
}

const Payment::Attempt* Payment::find(const State& state, const PaymentId& payment) {
    const auto* opened = std::get_if<Opened>(&state);
    return opened ? attempt_of(*opened, payment) : nullptr;
}

const Payment::Attempt* Payment::telling(const State& state) {
    const auto* opened = std::get_if<Opened>(&state);
    if (!opened) return nullptr;
    if (opened->captured) return attempt_of(*opened, *opened->captured);
    const auto late =
        std::ranges::find(opened->attempts, AttemptStatus::captured, &Attempt::status);
    return late == opened->attempts.end() ? latest(state) : &*late;
}

PaymentStatus Payment::status(const State& state) {
    const Attempt* attempt = telling(state);
    if (!attempt) return PaymentStatus::pending;
    if (attempt->status == AttemptStatus::captured) return PaymentStatus::paid;
    return std::get<Opened>(state).last_word;
}

bool Payment::closed(const State& state) {
    const auto* opened = std::get_if<Opened>(&state);
    return opened && opened->closed;
}

}  // namespace pakashop
