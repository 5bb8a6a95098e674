#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/sealed_at.hpp"
#include "events/invoice.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// One shop's tax invoice for one order.
/// Stream: invoice:<invoice id>, inv_<order>_<n>; key: the order.
struct Invoice {
    /// What is invoiced, fixed when it was requested.
    struct Bill {
        InvoiceId invoice;
        OrderId order;
        ShopId shop;
        std::vector<OrderLine> lines;
        Money total;
        Money vat;
        Instant requested_at;
        std::int64_t version = 0;
    };
    struct Unrequested {};
    /// No number yet; `blocked` names the TPIN that is not valid (empty: the shop has none).
    struct Unnumbered {
        Bill bill;
        std::optional<PublicText> blocked;
    };
    /// PENDING, FAILED, SENT or MOCK. `payload` was sealed as InvoiceComposed's `payload`.
    struct Numbered {
        Bill bill;
        PublicText tpin;
        PublicText number;
        Instant dated;
        InvoiceStatus status = InvoiceStatus::pending;
        std::optional<SealedAt<PublicText>> payload;
        std::int64_t retry_count = 0;
    };
    using State = std::variant<Unrequested, Unnumbered, Numbered>;

    /// From the policy on OrderConfirmed, or POST /internal/generate. Again: already so.
    struct Request {
        InvoiceId invoice;
        OrderId order;
        ShopId shop;
        std::vector<OrderLine> lines;
        Instant now;
    };
    /// From the process on SellerUnknown; total.
    struct Block {
        PublicText tpin;
    };
    /// From the process on NumberAllotted; total.
    struct Number {
        PublicText tpin;
        PublicText number;
        Instant dated;
    };
    /// Fixes the document before its first transmission; again: already so, the first stays.
    struct Compose {
        Sealed<PublicText> payload;
    };
    /// The authority's receipt; total.
    struct RecordReceipt {
        PublicText vsdc_number;
        PublicText receipt;
        Instant now;
    };
    /// Mock mode's receipt; total.
    struct RecordMock {
        PublicText receipt;
        Instant now;
    };
    /// A failed transmission: 5, 15, 60 minutes later again, then FAILED (C-02). `permanent`:
    /// FAILED at once.
    struct RecordFailure {
        ProviderFailure failure;
        bool permanent;
        Instant now;
        std::optional<Sealed<PublicText>> response{};  ///< What was answered, if anything was.
    };
    /// Sends a FAILED invoice again.
    struct Retry {
        Instant now;
    };
    using Command = std::
        variant<Request, Block, Number, Compose, RecordReceipt, RecordMock, RecordFailure, Retry>;

    using Event = InvoiceEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found, illegal_transition };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 2>{"not_found", "illegal_transition"};
    }

    static constexpr std::string_view category = "invoice";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);

    /// What is invoiced; null while nothing is.
    static const Bill* bill(const State& state);
    /// Number, date, payload and retries; null before it has its number.
    static const Numbered* numbered(const State& state);
    /// Asked of a requested invoice.
    static InvoiceStatus status(const State& state);
};
static_assert(Decider<Invoice>);

}  // namespace pakashop
