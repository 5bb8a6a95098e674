#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/kit/event_recorder.hpp"

namespace pakashop::kit {

/// A made-up market whose history has the shape of a real one: the same seed, the same events. It
/// asks no decider, so it can be as fast, and as odd, as a test of read models wants.
class Market {
public:
    Market(EventRecorder& recorder, std::uint64_t seed) : recorder_{recorder}, dice_{seed} {}

    /// Shops, products, an agent and a few buyers.
    void open(std::size_t shops, std::size_t products_each);
    /// One order from basket to some end: delivered and maybe paid out, cancelled in part or whole
    /// before or after payment, expired, or left where it is.
    void order();
    /// Many of them, flushed now and then.
    void trade(std::size_t orders);

private:
    struct Sold {
        ProductId product;
        ShopId shop;
        Money price;
    };
    /// One order on its way.
    struct Sale {
        OrderId order;
        UserId buyer;
        TryId try_id;
        PaymentId payment;
        DeliveryId delivery;
        std::vector<OrderLine> lines;
        Money total;
        std::string key() const { return order.value; }
    };

    std::uint64_t roll(std::uint64_t below) { return dice_() % below; }
    bool once_in(std::uint64_t n) { return roll(n) == 0; }
    Instant now() { return recorder_.now(); }

    void add_shop(std::size_t number, std::size_t products);
    void add_buyer(std::size_t number);
    void add_agent();
    Sale new_sale();
    void place(const Sale& sale);
    bool pay(const Sale& sale);
    void confirm(const Sale& sale);
    void invoice(const Sale& sale);
    void prepare(const Sale& sale);
    void deliver(const Sale& sale);
    void pay_out(const Sale& sale);
    void pay_out_shop(const Sale& sale, const ShopId& shop);
    void cancel(const Sale& sale, bool paid);
    void cancel_part(const Sale& sale);
    void expire(const Sale& sale);
    void release_holds(const Sale& sale);
    void finish_effect(const Sale& sale, const std::string& effect);

    EventRecorder& recorder_;
    std::mt19937_64 dice_;
    std::vector<Sold> shelf_;
    std::vector<ShopId> shops_;
    std::vector<UserId> buyers_;
    AgentId agent_{"agt_1"};
    std::size_t orders_ = 0;
    std::size_t payouts_ = 0;
};

/// A personal text of that user.
Sealed<PublicText> about(const UserId& user, std::string text);
/// The sum of the lines.
Money total_of(const std::vector<OrderLine>& lines);
/// The distinct shops of some lines, in their order.
std::vector<ShopId> shops_of(const std::vector<OrderLine>& lines);
/// What those lines are worth to shops and platform at 5 %.
std::vector<SettlementShare> shares_of(const std::vector<OrderLine>& lines);
/// The shop's own shares of an order, as its account books them.
std::vector<AccountLine>
account_lines(const OrderId& order, const std::vector<SettlementShare>& shares, const ShopId& shop);

}  // namespace pakashop::kit
