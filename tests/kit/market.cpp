#include "tests/kit/market.hpp"

#include <algorithm>

namespace pakashop::kit {
namespace {

constexpr std::size_t orders_between_flushes = 64;

DeliveryAddress address_of(std::size_t number) {
    return {
        "Chanda",
        "Mwila \"" + std::to_string(number) + "\"",
        "Plot 12\\" + std::to_string(number) + ", Cairo Road",
        "Lusaka",
        number % 3 == 0 ? std::optional<PublicText>{"Lusaka Province"} : std::nullopt,
        "+26097100" + std::to_string(1000 + number % 9000),
        number % 2 == 0 ? std::optional{Location{-15'416'667, 28'283'333}} : std::nullopt
    };
}

}  // namespace

Sealed<PublicText> about(const UserId& user, std::string text) {
    return {Subject{user.value}, std::move(text)};
}

Money total_of(const std::vector<OrderLine>& lines) {
    Money total;
    for (const OrderLine& line : lines) total.ngwee += line.line_total.ngwee;
    return total;
}

std::vector<ShopId> shops_of(const std::vector<OrderLine>& lines) {
    std::vector<ShopId> shops;
    for (const OrderLine& line : lines) {
        if (std::ranges::find(shops, line.shop) == shops.end()) shops.push_back(line.shop);
    }
    return shops;
}

std::vector<SettlementShare> shares_of(const std::vector<OrderLine>& lines) {
    std::vector<SettlementShare> shares;
    for (const OrderLine& line : lines) {
        const Money fee = proportion(line.line_total, 5, 100);
        const Money vendor{line.line_total.ngwee - fee.ngwee};
        shares.push_back({line.item, line.shop, line.line_total, fee, vendor});
    }
    return shares;
}

std::vector<AccountLine> account_lines(
    const OrderId& order,
    const std::vector<SettlementShare>& shares,
    const ShopId& shop
) {
    std::vector<AccountLine> lines;
    for (const SettlementShare& share : shares) {
        if (share.shop == shop) lines.push_back({order, share.item, share.vendor_amount});
    }
    return lines;
}

void Market::open(std::size_t shops, std::size_t products_each) {
    for (std::size_t i = 1; i <= shops; ++i) add_shop(i, products_each);
    for (std::size_t i = 1; i <= 20; ++i) add_buyer(i);
    add_agent();
    recorder_.commit(
        "config:flags",
        {{"config:flags", ConfigEvent{SettingChanged{"zra_mock_mode", "true", {"usr_a"}, now()}}},
         {"config:flags", ConfigEvent{SettingChanged{"zra_mock_mode", "false", {"usr_a"}, now()}}}}
    );
    recorder_.flush();
}

void Market::add_shop(std::size_t number, std::size_t products) {
    const ShopId shop{"shp_" + std::to_string(number)};
    const UserId owner{"usr_owner" + std::to_string(number)};
    const std::string stream = "shop:" + shop.value;
    const std::string tpin = std::to_string(1'000'000'000 + number);
    recorder_.commit(
        shop.value,
        {{stream,
          ShopEvent{ShopApplied{
              shop,
              owner,
              "Shop " + std::to_string(number),
              SellerKind::merchant,
              tpin,
              about(owner, "Stand 4, Kamwala"),
              about(owner, "+260970000000"),
              now()
          }}},
         {stream,
          ShopEvent{PayoutMethodSet{
              shop, Operator::mtn, about(owner, "+260960000001"), "+26096*****01", now()
          }}},
         {stream, ShopEvent{ShopApproved{shop, owner, tpin, now()}}},
         {stream, ShopEvent{TpinChecked{shop, tpin, number % 4 != 0, now()}}}}
    );
    shops_.push_back(shop);
    for (std::size_t i = 1; i <= products; ++i) {
        const ProductId product{"prd_" + std::to_string(number) + "_" + std::to_string(i)};
        const Money price{static_cast<std::int64_t>(100 + roll(500'000))};
        const std::string name = "Thing " + std::to_string(i) + ", \\ \"new\"\tand\nshiny";
        recorder_.commit(
            product.value,
            {{"product:" + product.value,
              ProductEvent{ProductListed{
                  product,
                  shop,
                  "SKU-" + product.value,
                  name,
                  "Of the best",
                  price,
                  1'000'000,
                  {"home", "kitchen"},
                  "GDS-1",
                  TaxCode::vat16,
                  {WholesaleTier{10, price}},
                  {},
                  now()
              }}}}
        );
        shelf_.push_back({product, shop, price});
    }
}

void Market::add_buyer(std::size_t number) {
    const UserId buyer{"usr_" + std::to_string(number)};
    const std::string login = "login:" + to_hex(sha256(buyer.value)).substr(0, 32);
    recorder_.commit(
        login,
        {{login,
          LoginEvent{LoginRegistered{
              buyer,
              about(buyer, "buyer" + std::to_string(number) + "@example.com"),
              about(buyer, "+26095000" + std::to_string(1000 + number)),
              about(buyer, "Buyer Ünïcode " + std::to_string(number)),
              about(buyer, "$argon2id$"),
              {Role::customer},
              std::nullopt,
              now()
          }}}}
    );
    recorder_.commit(
        buyer.value,
        {{"user:" + buyer.value, UserEvent{UserRegistered{buyer, login, {Role::customer}, now()}}},
         {"user:" + buyer.value, UserEvent{RoleGranted{buyer, Role::shop_owner, "shp_1"}}}}
    );
    buyers_.push_back(buyer);
}

void Market::add_agent() {
    const UserId user{"usr_rider"};
    const std::string stream = "agent:" + agent_.value;
    recorder_.commit(
        agent_.value,
        {{stream,
          AgentEvent{AgentApplied{
              agent_,
              user,
              AgentType::individual,
              about(user, "Rider"),
              about(user, "+260955555555"),
              about(user, "123456/10/1"),
              "motorcycle",
              "ALB 123",
              std::nullopt,
              std::nullopt,
              {AgentDocument{"licence", "https://example.com/l.jpg"}},
              now()
          }}},
         {stream, AgentEvent{AgentApproved{agent_, user, AgentType::individual, now()}}},
         {stream, AgentEvent{AvailabilityChanged{agent_, true}}}}
    );
}

void Market::trade(std::size_t orders) {
    for (std::size_t i = 0; i < orders; ++i) {
        order();
        if (i % orders_between_flushes == 0) recorder_.flush();
    }
    recorder_.flush();
}

void Market::order() {
    recorder_.advance(seconds(1));
    const Sale sale = new_sale();
    place(sale);
    if (once_in(20)) return expire(sale);
    if (once_in(20)) return cancel(sale, false);
    if (!pay(sale)) return;
    confirm(sale);
    if (once_in(20)) return cancel(sale, true);
    if (once_in(10)) cancel_part(sale);
    invoice(sale);
    prepare(sale);
    if (once_in(10)) return;
    deliver(sale);
    if (!once_in(4)) pay_out(sale);
}

Market::Sale Market::new_sale() {
    const std::string id = "ord_" + std::to_string(++orders_);
    Sale sale{
        {id},
        buyers_[roll(buyers_.size())],
        {"try_" + id},
        {"pay_" + id + "_1"},
        {"dlv_" + id + "_1"},
        {},
        {}
    };
    const std::size_t lines = 1 + roll(3);
    for (std::size_t i = 1; i <= lines; ++i) {
        const Sold& sold = shelf_[roll(shelf_.size())];
        const auto quantity = static_cast<std::int64_t>(1 + roll(12));
        const Money total{sold.price.ngwee * quantity};
        sale.lines.push_back(
            {{"itm_" + id + "_" + std::to_string(i)},
             sold.product,
             sold.shop,
             "Thing",
             "GDS-1",
             TaxCode::vat16,
             quantity,
             sold.price,
             total,
             proportion(total, 16, 116),
             quantity >= 10 ? std::optional{WholesaleTier{10, sold.price}} : std::nullopt,
             Rate{50'000}}
        );
    }
    sale.total = total_of(sale.lines);
    return sale;
}

void Market::place(const Sale& sale) {
    for (const OrderLine& line : sale.lines) {
        recorder_.commit(
            line.product.value,
            {{"product:" + line.product.value,
              ProductEvent{StockHeld{
                  line.product,
                  sale.order,
                  {sale.try_id.value + line.item.value},
                  line.quantity,
                  line.shop,
                  line.name,
                  line.item_code,
                  line.tax_code,
                  line.unit_price,
                  line.tier,
                  now()
              }}}}
        );
    }
    recorder_.commit(
        sale.key(),
        {{"order:" + sale.key(),
          OrderEvent{OrderPlaced{
              sale.order,
              sale.buyer,
              sale.try_id,
              sale.lines,
              sale.total,
              proportion(sale.total, 16, 116),
              {Subject{sale.buyer.value}, address_of(orders_)},
              once_in(3) ? std::optional{about(sale.buyer, "Ring twice")} : std::nullopt,
              now() + hours(24),
              now()
          }}},
         {"payment:" + sale.key(),
          PaymentEvent{PaymentOpened{sale.order, sale.buyer, sale.total, now()}}}}
    );
}

}  // namespace pakashop::kit
