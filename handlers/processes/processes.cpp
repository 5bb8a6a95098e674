#include "handlers/processes/processes.hpp"

#include <map>

namespace pakashop {
namespace {

using Commands = std::vector<KeyedCommand>;

// Most aggregates are alone under their own id: key `shp_1`, stream `shop:shp_1`.
template <class Aggregate>
KeyedCommand to(std::string_view id, typename Aggregate::Command command) {
    return {std::string{id}, {stream_of<Aggregate>(id), AnyCommand{std::move(command)}}};
}

// Those of an order live under the order's key.
template <class Aggregate>
KeyedCommand to(const OrderId& order, std::string_view id, typename Aggregate::Command command) {
    return {order.value, {stream_of<Aggregate>(id), AnyCommand{std::move(command)}}};
}

// ---------------------------------------------------------------- stock

// A product may stand on several lines; it was held, and is let go, as one.
std::map<ProductId, std::int64_t> units_by_product(const std::vector<OrderLine>& lines) {
    std::map<ProductId, std::int64_t> units;
    for (const OrderLine& line : lines) units[line.product] += line.quantity;
    return units;
}

Commands confirmed_order_sells_its_holds(const OrderConfirmed& e) {
    Commands commands;
    for (const auto& [product, units] : units_by_product(e.lines))
        commands.push_back(to<Product>(product.value, Product::SellHold{e.order, e.try_id}));
    return commands;
}

Commands closed_try_lets_go(const TryClosed& e, const OrderId& order) {
    Commands commands;
    for (const HeldUnits& held : e.held)
        commands.push_back(to<Product>(held.product.value, Product::ReleaseHold{order, e.try_id}));
    return commands;
}

Commands unpaid_units_are_let_go(
    const OrderId& order,
    const TryId& try_id,
    const std::vector<OrderLine>& lines
) {
    Commands commands;
    for (const auto& [product, units] : units_by_product(lines))
        commands.push_back(to<Product>(product.value, Product::ReleaseHold{order, try_id}));
    return commands;
}

Commands paid_units_come_back(const OrderId& order, const std::vector<OrderLine>& lines) {
    Commands commands;
    for (const auto& [product, units] : units_by_product(lines))
        commands.push_back(to<Product>(product.value, Product::ReturnUnits{order, units}));
    return commands;
}

// One shape for OrderCancelled and FulfilmentCancelled: what was cancelled, and whether paid.
template <class Cancelled>
Commands cancelled_units_are_free_again(const Cancelled& e) {
    if (e.paid) return paid_units_come_back(e.order, e.lines);
    return unpaid_units_are_let_go(e.order, e.try_id, e.lines);
}

Commands react(const OrderEvent& event, const OrderId& order) {
    return match(
        event,
        [](const OrderConfirmed& e) { return confirmed_order_sells_its_holds(e); },
        [&](const TryClosed& e) { return closed_try_lets_go(e, order); },
        [](const OrderExpired& e) { return unpaid_units_are_let_go(e.order, e.try_id, e.lines); },
        [](const OneOf<OrderCancelled, FulfilmentCancelled> auto& e) {
            return cancelled_units_are_free_again(e);
        },
        [](const OneOf<
            OrderPlaced,
            FulfilmentAccepted,
            FulfilmentReady,
            FulfilmentPickedUp,
            OrderDelivered> auto&) { return Commands{}; }
    );
}

// ---------------------------------------------------------------- money

// What becomes of an order's lines becomes of its shops' shares: one command for each shop.
template <class AccountCommand, class LinesEvent>
Commands shops_are_told(const LinesEvent& e) {
    std::map<ShopId, std::vector<AccountLine>> shares;
    for (const SettlementShare& line : e.lines)
        shares[line.shop].push_back({e.order, line.item, line.vendor_amount});
    Commands commands;
    for (auto& [shop, lines] : shares)
        commands.push_back(to<Account>(shop.value, AccountCommand{shop, e.order, std::move(lines)})
        );
    return commands;
}

Commands react(const SettlementEvent& event) {
    return match(
        event,
        [](const LinesHeld& e) { return shops_are_told<Account::NoteHeld>(e); },
        [](const LinesReleased& e) { return shops_are_told<Account::Release>(e); },
        [](const LinesCancelled& e) { return shops_are_told<Account::CancelHeld>(e); },
        [](const OneOf<LinesInPayout, LinesPaidOut, LinesReturned, LinesReversed> auto&) {
            return Commands{};
        }
    );
}

std::map<OrderId, std::vector<ItemId>> items_by_order(const std::vector<AccountLine>& lines) {
    std::map<OrderId, std::vector<ItemId>> items;
    for (const AccountLine& line : lines) items[line.order].push_back(line.item);
    return items;
}

Commands requested_payout_marks_its_lines(const PayoutRequested& e) {
    Commands commands;
    for (auto& [order, items] : items_by_order(e.lines))
        commands.push_back(to<Settlement>(order.value, Settlement::MarkInPayout{e.payout, items}));
    return commands;
}

Commands completed_payout_pays_its_lines(const PayoutCompleted& e) {
    Commands commands;
    for (auto& [order, items] : items_by_order(e.lines))
        commands.push_back(to<Settlement>(order.value, Settlement::MarkPaidOut{e.payout, items}));
    return commands;
}

// A payout that failed, or was taken back after it had arrived.
template <class Mark, class PayoutEnd>
Commands payout_gives_its_lines_back(const PayoutEnd& e) {
    Commands commands;
    for (auto& [order, items] : items_by_order(e.lines))
        commands.push_back(to<Settlement>(order.value, Mark{e.payout, items, e.failure.code}));
    return commands;
}

Commands react(const AccountEvent& event) {
    return match(
        event,
        [](const PayoutRequested& e) { return requested_payout_marks_its_lines(e); },
        [](const PayoutCompleted& e) { return completed_payout_pays_its_lines(e); },
        [](const PayoutFailed& e) {
            return payout_gives_its_lines_back<Settlement::MarkReturned>(e);
        },
        [](const PayoutReversed& e) {
            return payout_gives_its_lines_back<Settlement::MarkReversed>(e);
        },
        [](const OneOf<
            FundsHeld,
            FundsReleased,
            FundsCancelled,
            PayoutAccepted,
            PayoutMismatched> auto&) { return Commands{}; }
    );
}

// ---------------------------------------------------------------- tax

Commands requested_invoice_asks_for_its_seller(const InvoiceRequested& e, Instant recorded_at) {
    return {to<Shop>(e.shop.value, Shop::SettleSeller{e.invoice, e.order, recorded_at})};
}

Commands react(const InvoiceEvent& event, Instant recorded_at) {
    return match(
        event,
        [&](const InvoiceRequested& e) {
            return requested_invoice_asks_for_its_seller(e, recorded_at);
        },
        [](const OneOf<
            InvoiceBlocked,
            InvoiceNumbered,
            InvoiceComposed,
            InvoiceSent,
            InvoiceMocked,
            InvoiceAttemptFailed,
            InvoiceFailed,
            InvoiceRetried> auto&) { return Commands{}; }
    );
}

// The series is that of the taxpayer and the business day (C-05), and its name is its key.
Commands settled_seller_gives_a_number(const SellerSettled& e) {
    const std::string day = lusaka_day(e.at);
    const std::string stream = stream_of<InvoiceSeries>(e.tpin + ":" + day);
    const InvoiceSeries::Allot allot{e.invoice, e.order, e.shop, e.tpin, day, e.at};
    return {{stream, {stream, AnyCommand{InvoiceSeries::Command{allot}}}}};
}

Commands unknown_seller_blocks_the_invoice(const SellerUnknown& e) {
    return {to<Invoice>(e.order, e.invoice.value, Invoice::Block{e.tpin})};
}

Commands allotted_number_goes_on_the_invoice(const NumberAllotted& e) {
    return {to<Invoice>(e.order, e.invoice.value, Invoice::Number{e.tpin, e.number, e.at})};
}

// One commit settles a bounded number of waiting invoices; the word is repeated until the shop
// answers that nothing waits.
Commands valid_tpin_settles_the_rest(const TpinChecked& e) {
    if (!e.valid) return {};
    return {to<Shop>(e.shop.value, Shop::RecordTpin{e.tpin, true, e.at})};
}

Commands react(const InvoiceSeriesEvent& event) {
    return match(event, [](const NumberAllotted& e) {
        return allotted_number_goes_on_the_invoice(e);
    });
}

// ---------------------------------------------------------------- people

Commands approved_shop_makes_an_owner(const ShopApproved& e) {
    return {to<User>(e.owner.value, User::Grant{e.owner, Role::shop_owner, e.shop.value})};
}

Commands registered_login_makes_a_user(const LoginRegistered& e, std::string_view login) {
    const PublicText stream{login};
    return {to<User>(e.user.value, User::Register{e.user, stream, e.roles, e.at})};
}

Commands approved_agent_may_deliver(const AgentApproved& e) {
    const bool company = e.type_ == AgentType::company;
    const Role role = company ? Role::fleet_manager : Role::delivery_agent;
    return {to<User>(e.user.value, User::Grant{e.user, role, e.agent.value})};
}

Commands react(const ShopEvent& event) {
    return match(
        event,
        [](const ShopApproved& e) { return approved_shop_makes_an_owner(e); },
        [](const TpinChecked& e) { return valid_tpin_settles_the_rest(e); },
        [](const SellerSettled& e) { return settled_seller_gives_a_number(e); },
        [](const SellerUnknown& e) { return unknown_seller_blocks_the_invoice(e); },
        [](const OneOf<
            ShopApplied,
            ShopRejected,
            ShopSuspended,
            ShopActivated,
            PayoutMethodSet> auto&) { return Commands{}; }
    );
}

Commands react(const LoginEvent& event, std::string_view login) {
    return match(
        event,
        [&](const LoginRegistered& e) { return registered_login_makes_a_user(e, login); },
        [](const OneOf<
            LoginSucceeded,
            LoginFailed,
            SessionRefreshed,
            SessionEnded,
            TotpOffered,
            TotpConfirmed> auto&) { return Commands{}; }
    );
}

Commands react(const AgentEvent& event) {
    return match(
        event,
        [](const AgentApproved& e) { return approved_agent_may_deliver(e); },
        [](const OneOf<
            AgentApplied,
            AgentRejected,
            AgentSuspended,
            AgentActivated,
            AvailabilityChanged> auto&) { return Commands{}; }
    );
}

}  // namespace

std::vector<KeyedCommand>
run_processes(const AnyEvent& event, std::string_view stream, Instant recorded_at) {
    return match(
        event,
        [&](const OrderEvent& e) { return react(e, OrderId{std::string{id_in(stream)}}); },
        [](const SettlementEvent& e) { return react(e); },
        [](const AccountEvent& e) { return react(e); },
        [&](const InvoiceEvent& e) { return react(e, recorded_at); },
        [](const InvoiceSeriesEvent& e) { return react(e); },
        [](const ShopEvent& e) { return react(e); },
        [&](const LoginEvent& e) { return react(e, stream); },
        [](const AgentEvent& e) { return react(e); },
        [](const OneOf<
            PaymentEvent,
            DeliveryEvent,
            EffectEvent,
            ProductEvent,
            UserEvent,
            ConfigEvent,
            SettlementRunEvent> auto&) { return Commands{}; }
    );
}

}  // namespace pakashop
