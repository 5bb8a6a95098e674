#include "handlers/domain.hpp"

#include <array>
#include <tuple>

#include "events/kernel/hash.hpp"
#include "events/schema.hpp"

namespace pakashop {
namespace {

using Aggregates = std::tuple<
    Order,
    Payment,
    Settlement,
    Delivery,
    Invoice,
    Effect,
    Product,
    Shop,
    Account,
    Login,
    User,
    Agent,
    Config,
    InvoiceSeries,
    SettlementRun>;
constexpr std::size_t aggregate_count = std::tuple_size_v<Aggregates>;

template <std::size_t I>
using AggregateAt = std::tuple_element_t<I, Aggregates>;

// The four lists must agree, or a command would reach the wrong decider.
template <std::size_t... I>
consteval bool lists_agree(std::index_sequence<I...>) {
    return (
        (Decider<AggregateAt<I>> &&
         std::same_as<std::variant_alternative_t<I, AnyState>, typename AggregateAt<I>::State> &&
         std::
             same_as<std::variant_alternative_t<I, AnyCommand>, typename AggregateAt<I>::Command> &&
         std::same_as<std::variant_alternative_t<I, AnyEvent>, typename AggregateAt<I>::Event>) &&
        ...
    );
}
static_assert(lists_agree(std::make_index_sequence<aggregate_count>{}));

// Runs `body.operator()<I>()` for the aggregate of that index.
template <class Body, std::size_t... I>
auto dispatch(std::size_t index, Body body, std::index_sequence<I...>) {
    using Out = decltype(body.template operator()<0>());
    using Call = Out (*)(Body&);
    static constexpr std::array<Call, sizeof...(I)> calls{+[](Body& each) -> Out {
        return each.template operator()<I>();
    }...};
    return calls[index](body);
}
template <class Body>
auto dispatch(std::size_t index, Body body) {
    return dispatch(index, std::move(body), std::make_index_sequence<aggregate_count>{});
}

template <std::size_t... I>
std::optional<std::size_t> index_of_category(std::string_view category, std::index_sequence<I...>) {
    std::optional<std::size_t> found;
    const bool known = ((AggregateAt<I>::category == category && (found = I, true)) || ...);
    (void)known;
    return found;
}

std::optional<std::size_t> index_of_stream(std::string_view stream) {
    return index_of_category(
        stream.substr(0, stream.find(':')), std::make_index_sequence<aggregate_count>{}
    );
}

// The unqualified name of a type, `Place` of `pakashop::Order::Place`, from the compiler's own
// spelling of this function.
template <class T>
constexpr std::string_view type_name() {
    std::string_view name = __PRETTY_FUNCTION__;
    const auto begin = name.find("T = ") + 4;
    name = name.substr(begin, name.find_first_of(";]", begin) - begin);
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string snake_case(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper && !out.empty()) out += '_';
        out += upper ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return out;
}

template <class Aggregate, class Command>
const std::string& command_name() {
    static const std::string name =
        std::string{Aggregate::category} + "." + snake_case(type_name<Command>());
    return name;
}

// What `evolve` makes of an aggregate's events. Raise it, by a specialisation, when the same events
// come to another state: states that were written down before are made anew.
template <class Aggregate>
constexpr int evolve_version = 1;

// Stands before a state's bytes. It differs where the state has other members, or where another
// `evolve` has made it.
template <class Aggregate>
const std::string& snapshot_mark() {
    static const std::string mark = [] {
        std::string shape;
        JsonWriter out{shape};
        schema::describe<typename Aggregate::State>(out);
        const std::string digits = to_hex(sha256(shape)).substr(0, 16);
        return digits + "." + std::to_string(evolve_version<Aggregate>) + "\n";
    }();
    return mark;
}

}  // namespace

std::optional<AnyState> initial_state(std::string_view stream) {
    const auto index = index_of_stream(stream);
    if (!index) return std::nullopt;
    return dispatch(*index, []<std::size_t I>() { return AnyState{std::in_place_index<I>}; });
}

Result<std::vector<AnyEvent>, std::string_view>
decide(const AnyState& state, const AnyCommand& command) {
    require(state.index() == command.index(), "a command reaches its own aggregate");
    using Decision = Result<std::vector<AnyEvent>, std::string_view>;
    return dispatch(state.index(), [&]<std::size_t I>() -> Decision {
        auto decision = AggregateAt<I>::decide(std::get<I>(state), std::get<I>(command));
        if (!decision) return unexpected{name_of(decision.error())};
        std::vector<AnyEvent> events;
        events.reserve(decision->size());
        for (auto& event : *decision) events.emplace_back(std::in_place_index<I>, std::move(event));
        return events;
    });
}

void evolve(AnyState& state, const AnyEvent& event) {
    if (state.index() != event.index()) throw CorruptStream{"an event of another family"};
    dispatch(state.index(), [&]<std::size_t I>() {
        auto& current = std::get<I>(state);
        current = AggregateAt<I>::evolve(std::move(current), std::get<I>(event));
    });
}

std::optional<std::string> to_snapshot(const AnyState& state) {
    return dispatch(state.index(), [&]<std::size_t I>() -> std::optional<std::string> {
        if constexpr (Declared<typename AggregateAt<I>::State>) {
            return snapshot_mark<AggregateAt<I>>() + to_json(std::get<I>(state));
        } else {
            return std::nullopt;
        }
    });
}

std::optional<AnyState> from_snapshot(std::string_view stream, std::string_view bytes) {
    const auto index = index_of_stream(stream);
    if (!index) return std::nullopt;
    return dispatch(*index, [&]<std::size_t I>() -> std::optional<AnyState> {
        using State = typename AggregateAt<I>::State;
        if constexpr (Declared<State>) {
            const std::string& mark = snapshot_mark<AggregateAt<I>>();
            if (!bytes.starts_with(mark)) return std::nullopt;
            auto state = from_json<State>(bytes.substr(mark.size()));
            if (!state) return std::nullopt;
            return AnyState{std::in_place_index<I>, *std::move(state)};
        } else {
            return std::nullopt;
        }
    });
}

std::string_view name_of_command(const AnyCommand& command) {
    return dispatch(command.index(), [&]<std::size_t I>() -> std::string_view {
        return std::visit(
            []<class Command>(const Command&) -> std::string_view {
                return command_name<AggregateAt<I>, Command>();
            },
            std::get<I>(command)
        );
    });
}

}  // namespace pakashop
