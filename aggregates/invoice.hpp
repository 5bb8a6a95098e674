#pragma once

#include "aggregates/decider.hpp"
#include "events/invoice.hpp"

namespace pakashop {

/// One shop's tax invoice for one order.
/// Stream: invoice:<invoice id>, inv_<order>_<n>; key: the order.
struct Invoice {
    // STATE

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
};

}  // namespace pakashop
