#pragma once

#include "aggregates/decider.hpp"
#include "events/invoice_series.hpp"

namespace pakashop {

/// The invoice numbers of one taxpayer and business day: PKS-YYYYMMDD-001, -002, … without a gap
/// (C-05). Stream: invoice_series:<TPIN>:<day>, which is also the key.
struct InvoiceSeries {
    struct State {
        std::int64_t last = 0;                        ///< The last number given.
        std::map<std::string, std::int64_t> numbers;  ///< By invoice.
        static constexpr auto fields() {
            return std::tuple{field("last", &State::last), field("numbers", &State::numbers)};
        }
        friend bool operator==(const State&, const State&) = default;
    };

    /// From the process on SellerSettled; total. The same invoice always gets the same number.
    struct Allot {
        InvoiceId invoice;
        OrderId order;
        ShopId shop;
        PublicText tpin;
        PublicText day;
        Instant now;
    };
    using Command = std::variant<Allot>;

    using Event = InvoiceSeriesEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 1>{"not_found"};
    }

    static constexpr std::string_view category = "invoice_series";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};
static_assert(Decider<InvoiceSeries>);
static_assert(lists_every_member<InvoiceSeries::State>);

}  // namespace pakashop
