#include "aggregates/invoice.hpp"

namespace pakashop {
namespace {

using Decision = Result<Invoice::Events, Invoice::Refusal>;
using Events = Invoice::Events;
using Refusal = Invoice::Refusal;
using State = Invoice::State;
using Numbered = Invoice::Numbered;
using Unnumbered = Invoice::Unnumbered;

/// Each counts from the failure before it; the first transmission had none (C-02).
constexpr std::array retry_after{minutes(5), minutes(15), minutes(60)};

Decision request(const State& state, const Invoice::Request& c) {
    if (Invoice::bill(state)) return Events{};
    Money total;
    Money vat;
    for (const OrderLine& line : c.lines) {
        total = total + line.line_total;
        vat = vat + line.vat;
    }
    return Events{InvoiceRequested{c.invoice, c.order, c.shop, c.lines, total, vat, c.now}};
}

Decision block(const State& state, const Invoice::Block& c) {
    const auto* waiting = std::get_if<Unnumbered>(&state);
    if (!waiting || waiting->blocked) return Events{};
    const auto& bill = waiting->bill;
    return Events{InvoiceBlocked{bill.invoice, bill.order, bill.shop, c.tpin}};
}

Decision number(const State& state, const Invoice::Number& c) {
    const auto* waiting = std::get_if<Unnumbered>(&state);
    if (!waiting) return Events{};
    const auto& bill = waiting->bill;
    return Events{InvoiceNumbered{bill.invoice, bill.order, bill.shop, c.tpin, c.number, c.dated}};
}

Decision compose(const State& state, const Invoice::Compose& c) {
    if (!Invoice::bill(state)) return unexpected{Refusal::not_found};
    const auto* numbered = std::get_if<Numbered>(&state);
    if (numbered && numbered->payload) return Events{};
    if (!numbered || numbered->status != InvoiceStatus::pending)
        return unexpected{Refusal::illegal_transition};
    return Events{InvoiceComposed{numbered->bill.invoice, c.payload}};
}

/// The authority's word stands even after we had given up.
Decision record_receipt(const State& state, const Invoice::RecordReceipt& c) {
    const auto* numbered = std::get_if<Numbered>(&state);
    if (!numbered) return Events{};
    if (numbered->status != InvoiceStatus::pending && numbered->status != InvoiceStatus::failed)
        return Events{};
    const auto& bill = numbered->bill;
    return Events{InvoiceSent{bill.invoice, bill.order, bill.shop, c.vsdc_number, c.receipt, c.now}
    };
}

Decision record_mock(const State& state, const Invoice::RecordMock& c) {
    const auto* numbered = std::get_if<Numbered>(&state);
    if (!numbered || numbered->status != InvoiceStatus::pending) return Events{};
    const auto& bill = numbered->bill;
    return Events{InvoiceMocked{bill.invoice, bill.order, bill.shop, c.receipt, c.now}};
}

Decision record_failure(const State& state, const Invoice::RecordFailure& c) {
    const auto* numbered = std::get_if<Numbered>(&state);
    if (!numbered || numbered->status != InvoiceStatus::pending) return Events{};
    const auto& bill = numbered->bill;
    const auto retries = static_cast<std::size_t>(numbered->retry_count);
    if (c.permanent || retries >= retry_after.size()) {
        return Events{InvoiceFailed{
            bill.invoice, bill.order, bill.shop, numbered->retry_count, c.failure, c.now, c.response
        }};
    }
    const Instant due = c.now + retry_after[retries];
    return Events{InvoiceAttemptFailed{
        bill.invoice, numbered->retry_count + 1, c.failure, due, c.now, c.response
    }};
}

Decision retry(const State& state, const Invoice::Retry& c) {
    const auto* bill = Invoice::bill(state);
    if (!bill) return unexpected{Refusal::not_found};
    if (Invoice::status(state) != InvoiceStatus::failed)
        return unexpected{Refusal::illegal_transition};
    return Events{InvoiceRetried{bill->invoice, bill->order, bill->shop, c.now}};
}

void request(State& state, const InvoiceRequested& e) {
    expect<Invoice::Unrequested>(state);
    state = Unnumbered{{e.invoice, e.order, e.shop, e.lines, e.total, e.vat, e.at, 1}, {}};
}

void number(State& state, const InvoiceNumbered& e) {
    auto& bill = expect<Unnumbered>(state).bill;
    state = Numbered{
        std::move(bill), e.tpin, e.number, e.dated, InvoiceStatus::pending, std::nullopt, 0
    };
}

void compose(State& state, const InvoiceComposed& e) {
    auto& numbered = expect<Numbered>(state);
    numbered.payload = SealedAt<PublicText>{e.payload, numbered.bill.version};
}

/// Every event but the first is one more version of a bill that exists.
void count(State& state) {
    match(
        state,
        [](Invoice::Unrequested&) {},
        [](OneOf<Unnumbered, Numbered> auto& s) { s.bill.version += 1; }
    );
}

}  // namespace

auto Invoice::decide(const State& state, const Command& command) -> Result<Events, Refusal> {
    return match(
        command,
        [&](const Request& c) { return request(state, c); },
        [&](const Block& c) { return block(state, c); },
        [&](const Number& c) { return number(state, c); },
        [&](const Compose& c) { return compose(state, c); },
        [&](const RecordReceipt& c) { return record_receipt(state, c); },
        [&](const RecordMock& c) { return record_mock(state, c); },
        [&](const RecordFailure& c) { return record_failure(state, c); },
        [&](const Retry& c) { return retry(state, c); }
    );
}

auto Invoice::evolve(State state, const Event& event) -> State {
    count(state);
    match(
        event,
        [&](const InvoiceRequested& e) { request(state, e); },
        [&](const InvoiceBlocked& e) { expect<Unnumbered>(state).blocked = e.tpin; },
        [&](const InvoiceNumbered& e) { number(state, e); },
        [&](const InvoiceComposed& e) { compose(state, e); },
        [&](const InvoiceSent&) { expect<Numbered>(state).status = InvoiceStatus::sent; },
        [&](const InvoiceMocked&) { expect<Numbered>(state).status = InvoiceStatus::mock; },
        [&](const InvoiceAttemptFailed& e) { expect<Numbered>(state).retry_count = e.retry_count; },
        [&](const InvoiceFailed&) { expect<Numbered>(state).status = InvoiceStatus::failed; },
        [&](const InvoiceRetried&) { expect<Numbered>(state).status = InvoiceStatus::pending; }
    );
    return state;
}

const Invoice::Bill* Invoice::bill(const State& state) {
    return match(
        state,
        [](const Unrequested&) -> const Bill* { return nullptr; },
        [](const OneOf<Unnumbered, Numbered> auto& s) { return &s.bill; }
    );
}

const Invoice::Numbered* Invoice::numbered(const State& state) {
    return std::get_if<Numbered>(&state);
}

InvoiceStatus Invoice::status(const State& state) {
    require(bill(state) != nullptr, "the status of an invoice is asked once it is requested");
    if (const auto* document = numbered(state)) return document->status;
    const bool blocked = std::get<Unnumbered>(state).blocked.has_value();
    return blocked ? InvoiceStatus::blocked_tpin : InvoiceStatus::pending;
}

}  // namespace pakashop
