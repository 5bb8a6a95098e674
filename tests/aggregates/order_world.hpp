#pragma once

#include <random>

#include "events/order.hpp"
#include "tests/kit/given.hpp"

/// One order of two shops that the tests of everything keyed by the order share: Mwila's shop
/// sells two lines, Banda's one.
namespace pakashop::kit {

inline const OrderId the_order{"ord_1"};
inline const UserId the_buyer{"usr_buyer"};
inline const TryId the_try{"try_1"};
inline const ShopId mwila{"shp_mwila"};
inline const ShopId banda{"shp_banda"};
inline const AgentId rider{"agt_rider"};
inline const AgentId stranger{"agt_stranger"};
inline const PaymentId first_payment{"pay_ord_1_1"};
constexpr Instant noon{1'778'580'000'000};  // 2026-05-12T10:00:00Z, noon in Lusaka.

inline OrderLine line(int number, const ShopId& shop, Money total) {
    OrderLine made;
    made.item = {"itm_ord_1_" + std::to_string(number)};
    made.product = {"prd_" + std::to_string(number)};
    made.shop = shop;
    made.name = "Line " + std::to_string(number);
    made.quantity = 1;
    made.unit_price = total;
    made.line_total = total;
    made.vat = vat_inside(total, vat_rate(TaxCode::vat16));
    made.commission = Rate{50'000};
    return made;
}

inline std::vector<OrderLine> mwilas_lines() {
    return {line(1, mwila, Money{500'000}), line(3, mwila, Money{333})};
}
inline std::vector<OrderLine> bandas_lines() { return {line(2, banda, Money{25'010})}; }
inline std::vector<OrderLine> all_lines() {
    return {
        line(1, mwila, Money{500'000}), line(2, banda, Money{25'010}), line(3, mwila, Money{333})
    };
}
constexpr Money the_total{525'343};

inline Sealed<PublicText> secret(std::string text) {
    return {Subject{the_buyer.value}, std::move(text)};
}

inline Sealed<DeliveryAddress> the_address() {
    return {
        Subject{the_buyer.value},
        DeliveryAddress{"Chanda", "Phiri", "1 Cairo Road", "Lusaka", {}, "+260970000001", {}}
    };
}

inline OrderPlaced placed() {
    return {
        the_order,
        the_buyer,
        the_try,
        all_lines(),
        the_total,
        Money{72'461},
        the_address(),
        {},
        noon + hours(24),
        noon
    };
}
inline OrderConfirmed confirmed() {
    return {
        the_order,
        the_buyer,
        first_payment,
        the_try,
        all_lines(),
        the_total,
        Invoicing::live,
        noon + minutes(2)
    };
}

/// A seeded source for property tests; the seed is told when a claim breaks.
class Dice {
public:
    explicit Dice(unsigned seed) : engine_{seed} {}
    /// One of 0 … sides - 1.
    std::size_t roll(std::size_t sides) { return engine_() % sides; }
    template <class T>
    T pick(std::initializer_list<T> choices) {
        return choices.begin()[roll(choices.size())];
    }

private:
    std::mt19937 engine_;
};

/// Plays random commands on one stream and folds what comes of it: nothing may throw, and what
/// `check` says holds after every one. Returns how many events there were.
template <Decider D, class Draw, class Check>
std::size_t play(unsigned seed, std::size_t steps, Draw draw, Check check) {
    Dice dice{seed};
    typename D::State state{};
    std::size_t happened = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        const typename D::Command command = draw(dice, i);
        const auto result = D::decide(state, command);
        if (!result) continue;
        for (const auto& event : *result) state = D::evolve(std::move(state), event);
        happened += result->size();
        check(state, command);
    }
    return happened;
}

/// True when the command, asked again, changes nothing any more.
template <Decider D>
bool settled(const typename D::State& state, const typename D::Command& command) {
    const auto again = D::decide(state, command);
    return !again || again->empty();
}

}  // namespace pakashop::kit
