#include "handlers/processes/processes.hpp"

#include <doctest/doctest.h>

using namespace pakashop;

namespace {

const OrderId order{"ord_1"};
const OrderId other_order{"ord_2"};
const TryId the_try{"try_1"};
const ShopId mwila{"shp_mwila"};
const ShopId banda{"shp_banda"};
const PayoutId payout{"pot_shp_mwila_1"};
const InvoiceId invoice{"inv_ord_1_1"};
const UserId user{"usr_1"};
constexpr Instant at{1'778'621'400'000};  // 2026-05-12T21:30:00Z: the 12th still in Lusaka.
constexpr Instant recorded{at.ms + 5};

/// The commands an event leads to; the stream is the usual one unless it matters.
std::vector<KeyedCommand> after(const AnyEvent& event, std::string_view stream = "order:ord_1") {
    return run_processes(event, stream, recorded);
}

/// The command itself, if it is this one for that key and stream.
template <class Aggregate, class Command>
const Command* sent(const KeyedCommand& keyed, std::string_view key, std::string_view stream) {
    CHECK(keyed.key == key);
    CHECK(keyed.to.stream == stream);
    const auto* family = std::get_if<typename Aggregate::Command>(&keyed.to.command);
    const auto* command = family ? std::get_if<Command>(family) : nullptr;
    REQUIRE(command != nullptr);
    return command;
}

OrderLine line(const std::string& item, const std::string& product, std::int64_t quantity) {
    OrderLine made;
    made.item = {item};
    made.product = {product};
    made.shop = mwila;
    made.quantity = quantity;
    return made;
}

const std::vector<OrderLine> lines{
    line("itm_1", "prd_a", 2),
    line("itm_2", "prd_b", 1),
    line("itm_3", "prd_a", 3)
};

void check_released(const std::vector<KeyedCommand>& commands) {
    REQUIRE(commands.size() == 2);
    using Release = Product::ReleaseHold;
    const auto* a = sent<Product, Release>(commands[0], "prd_a", "product:prd_a");
    CHECK(a->order == order);
    CHECK(a->try_id == the_try);
    sent<Product, Release>(commands[1], "prd_b", "product:prd_b");
}

void check_returned(const std::vector<KeyedCommand>& commands) {
    REQUIRE(commands.size() == 2);
    using Return = Product::ReturnUnits;
    CHECK(sent<Product, Return>(commands[0], "prd_a", "product:prd_a")->quantity == 5);
    CHECK(sent<Product, Return>(commands[1], "prd_b", "product:prd_b")->quantity == 1);
}

SettlementShare share(const std::string& item, const ShopId& shop, Money vendor) {
    return {ItemId{item}, shop, vendor + Money{5}, Money{5}, vendor};
}

const std::vector<SettlementShare> shares{
    share("itm_1", mwila, Money{95}),
    share("itm_2", banda, Money{50}),
    share("itm_3", mwila, Money{20})
};

template <class Command>
void check_shops_told(const std::vector<KeyedCommand>& commands) {
    REQUIRE(commands.size() == 2);
    const auto* b = sent<Account, Command>(commands[0], "shp_banda", "account:shp_banda");
    CHECK(b->shop == banda);
    CHECK(b->order == order);
    CHECK(b->lines == std::vector<AccountLine>{{order, {"itm_2"}, Money{50}}});
    const auto* m = sent<Account, Command>(commands[1], "shp_mwila", "account:shp_mwila");
    CHECK(
        m->lines ==
        std::vector<AccountLine>{{order, {"itm_1"}, Money{95}}, {order, {"itm_3"}, Money{20}}}
    );
}

const std::vector<AccountLine> payout_lines{
    {order, {"itm_1"}, Money{95}},
    {other_order, {"itm_9"}, Money{10}},
    {order, {"itm_3"}, Money{20}}
};

template <class Command>
void check_orders_told(const std::vector<KeyedCommand>& commands) {
    REQUIRE(commands.size() == 2);
    const auto* one = sent<Settlement, Command>(commands[0], "ord_1", "settlement:ord_1");
    CHECK(one->payout == payout);
    CHECK(one->items == std::vector<ItemId>{{"itm_1"}, {"itm_3"}});
    const auto* two = sent<Settlement, Command>(commands[1], "ord_2", "settlement:ord_2");
    CHECK(two->items == std::vector<ItemId>{{"itm_9"}});
}

}  // namespace

TEST_CASE("a confirmed order sells its hold of each product once") {
    OrderConfirmed confirmed;
    confirmed.order = order;
    confirmed.try_id = the_try;
    confirmed.lines = lines;
    const auto commands = after(OrderEvent{confirmed});
    REQUIRE(commands.size() == 2);
    const auto* a = sent<Product, Product::SellHold>(commands[0], "prd_a", "product:prd_a");
    CHECK(a->order == order);
    CHECK(a->try_id == the_try);
    sent<Product, Product::SellHold>(commands[1], "prd_b", "product:prd_b");
}

TEST_CASE("a closed try lets go of what it held") {
    const TryClosed closed{the_try, {{ProductId{"prd_a"}, 5}, {ProductId{"prd_b"}, 1}}};
    check_released(after(OrderEvent{closed}));
    CHECK(after(OrderEvent{TryClosed{the_try, {}}}).empty());
}

TEST_CASE("what was not paid is let go, and what was paid comes back to stock") {
    check_released(after(OrderEvent{OrderExpired{order, the_try, lines, at}}));
    OrderCancelled cancelled{order, the_try, lines, false, "changed my mind", at};
    check_released(after(OrderEvent{cancelled}));
    cancelled.paid = true;
    check_returned(after(OrderEvent{cancelled}));
    FulfilmentCancelled part{order, mwila, the_try, lines, false, "sold out", at};
    check_released(after(OrderEvent{part}));
    part.paid = true;
    check_returned(after(OrderEvent{part}));
}

TEST_CASE("each shop's account learns what becomes of its lines") {
    check_shops_told<Account::NoteHeld>(after(SettlementEvent{LinesHeld{order, shares, at}}));
    check_shops_told<Account::Release>(after(SettlementEvent{LinesReleased{order, shares, at}}));
    check_shops_told<Account::CancelHeld>(after(SettlementEvent{LinesCancelled{order, shares, at}})
    );
}

TEST_CASE("each order learns what becomes of the payout of its lines") {
    PayoutRequested requested;
    requested.payout = payout;
    requested.lines = payout_lines;
    check_orders_told<Settlement::MarkInPayout>(after(AccountEvent{requested}));
    const PayoutCompleted completed{payout, mwila, Money{125}, payout_lines, "PP-1", at};
    check_orders_told<Settlement::MarkPaidOut>(after(AccountEvent{completed}));
    const ProviderFailure failure{"RECIPIENT_NOT_FOUND", "no such wallet"};
    const PayoutFailed failed{payout, mwila, Money{125}, payout_lines, failure, at};
    const auto returned = after(AccountEvent{failed});
    check_orders_told<Settlement::MarkReturned>(returned);
    using Return = Settlement::MarkReturned;
    CHECK(
        sent<Settlement, Return>(returned[0], "ord_1", "settlement:ord_1")->reason == failure.code
    );
    const PayoutReversed reversed{payout, mwila, Money{125}, payout_lines, failure, at};
    check_orders_told<Settlement::MarkReversed>(after(AccountEvent{reversed}));
}

TEST_CASE("an invoice goes from its shop to its series and back") {
    InvoiceRequested requested;
    requested.invoice = invoice;
    requested.order = order;
    requested.shop = mwila;
    const auto asked = after(InvoiceEvent{requested}, "invoice:inv_ord_1_1");
    REQUIRE(asked.size() == 1);
    const auto* settle = sent<Shop, Shop::SettleSeller>(asked[0], "shp_mwila", "shop:shp_mwila");
    CHECK(settle->invoice == invoice);
    CHECK(settle->order == order);
    CHECK(settle->now == recorded);

    const SellerSettled settled{mwila, invoice, order, "1000000001", at};
    const auto numbered = after(ShopEvent{settled}, "shop:shp_mwila");
    REQUIRE(numbered.size() == 1);
    const std::string series = "invoice_series:1000000001:20260512";
    const auto* allot = sent<InvoiceSeries, InvoiceSeries::Allot>(numbered[0], series, series);
    CHECK(allot->day == "20260512");
    CHECK(allot->tpin == "1000000001");
    CHECK(allot->now == at);

    const NumberAllotted allotted{invoice, order, mwila, "1000000001", 1, "PKS-20260512-001", at};
    const auto back = after(InvoiceSeriesEvent{allotted}, series);
    REQUIRE(back.size() == 1);
    const auto* number = sent<Invoice, Invoice::Number>(back[0], "ord_1", "invoice:inv_ord_1_1");
    CHECK(number->number == "PKS-20260512-001");
    CHECK(number->dated == at);
}

TEST_CASE("the business day of an invoice begins at midnight in Lusaka") {
    const SellerSettled late{mwila, invoice, order, "1000000001", at + minutes(30)};
    const auto numbered = after(ShopEvent{late}, "shop:shp_mwila");
    CHECK(numbered.at(0).key == "invoice_series:1000000001:20260513");
}

TEST_CASE("an invoice without a valid seller is blocked") {
    const SellerUnknown unknown{mwila, invoice, order, "9000000001"};
    const auto blocked = after(ShopEvent{unknown}, "shop:shp_mwila");
    REQUIRE(blocked.size() == 1);
    CHECK(
        sent<Invoice, Invoice::Block>(blocked[0], "ord_1", "invoice:inv_ord_1_1")->tpin ==
        "9000000001"
    );
}

TEST_CASE("a valid TPIN is told again, until the shop answers that nothing waits") {
    const TpinChecked valid{mwila, "1000000001", true, at};
    const auto again = after(ShopEvent{valid}, "shop:shp_mwila");
    REQUIRE(again.size() == 1);
    const auto* word = sent<Shop, Shop::RecordTpin>(again[0], "shp_mwila", "shop:shp_mwila");
    CHECK(word->valid);
    CHECK(word->tpin == "1000000001");
    CHECK(after(ShopEvent{TpinChecked{mwila, "1000000001", false, at}}).empty());
}

TEST_CASE("people gain the roles that their approvals give") {
    const auto owner = after(ShopEvent{ShopApproved{mwila, user, "1000000001", at}});
    REQUIRE(owner.size() == 1);
    const auto* shop = sent<User, User::Grant>(owner[0], "usr_1", "user:usr_1");
    CHECK(shop->role == Role::shop_owner);
    CHECK(shop->because == "shp_mwila");

    AgentApproved approved{AgentId{"agt_1"}, user, AgentType::individual, at};
    const auto rider = after(AgentEvent{approved});
    CHECK(
        sent<User, User::Grant>(rider.at(0), "usr_1", "user:usr_1")->role == Role::delivery_agent
    );
    approved.type_ = AgentType::company;
    const auto fleet = after(AgentEvent{approved});
    CHECK(sent<User, User::Grant>(fleet.at(0), "usr_1", "user:usr_1")->role == Role::fleet_manager);
}

TEST_CASE("a registered login makes a user who knows it") {
    LoginRegistered registered;
    registered.user = user;
    registered.roles = {Role::finance_admin};
    registered.at = at;
    const auto made = after(LoginEvent{registered}, "login:abc123");
    REQUIRE(made.size() == 1);
    const auto* join = sent<User, User::Register>(made[0], "usr_1", "user:usr_1");
    CHECK(join->login == "login:abc123");
    CHECK(join->roles == std::vector{Role::finance_admin});
}

TEST_CASE("what concerns its own key alone asks nothing of others") {
    const std::vector<AnyEvent> quiet{
        OrderEvent{OrderPlaced{}},
        OrderEvent{OrderDelivered{}},
        SettlementEvent{LinesPaidOut{}},
        SettlementEvent{LinesReversed{}},
        AccountEvent{PayoutAccepted{}},
        AccountEvent{PayoutMismatched{}},
        InvoiceEvent{InvoiceSent{}},
        ShopEvent{ShopSuspended{}},
        AgentEvent{AgentApplied{}},
        LoginEvent{LoginSucceeded{}},
        PaymentEvent{PaymentCaptured{}},
        DeliveryEvent{},
        EffectEvent{},
        ProductEvent{StockHeld{}},
        UserEvent{},
        ConfigEvent{},
        SettlementRunEvent{}
    };
    for (const AnyEvent& event : quiet) CHECK(after(event).empty());
}
