#pragma once

#include "aggregates/decider.hpp"
#include "events/settlement_run.hpp"

namespace pakashop {

/// Shops that a run pays between two facts about it: with all their payouts they fit a record.
constexpr std::size_t shops_chosen_max = 500;

/// One settlement run, page of shops by page of shops: started, shops chosen, shops paid, … and
/// finished. Whoever carries it on finds here what comes next.
/// Stream: settlement_run:<run>, which is also the key.
struct SettlementRun {
    struct State {
        PublicText run;  ///< Empty: nobody started it.
        std::vector<ShopId> chosen;
        std::optional<ShopId> last_chosen;  ///< The next page begins behind it.
        std::int64_t pages = 0;             ///< Chosen so far.
        std::vector<RequestedPayout> payouts;
        bool finished = false;
    };

    /// Again: already so.
    struct Start {
        PublicText run;
        Instant now;
    };
    /// Total: nothing unless the run is under way and no page is.
    struct Choose {
        std::vector<ShopId> shops;
    };
    /// Total: nothing unless a page is under way.
    struct RecordPaid {
        std::vector<RequestedPayout> payouts;
    };
    /// Total: nothing unless the run is under way and no page is.
    struct Finish {
        Instant now;
    };
    using Command = std::variant<Start, Choose, RecordPaid, Finish>;

    using Event = SettlementRunEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 1>{"not_found"};
    }

    static constexpr std::string_view category = "settlement_run";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};
static_assert(Decider<SettlementRun>);

}  // namespace pakashop
