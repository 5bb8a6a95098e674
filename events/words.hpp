#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "events/codec.hpp"

/// The words several families of events share: places, prices, ways to be paid.
namespace pakashop {

/// The mobile-money operators of Zambia, by pawaPay's names (PAY-07, api.md "payments").
enum class Operator { mtn, airtel, zamtel };
constexpr auto enum_names(Operator) {
    return std::array<std::string_view, 3>{"MTN_MOMO_ZMB", "AIRTEL_OAPI_ZMB", "ZAMTEL_ZMB"};
}

/// Who sells (CAT-01).
enum class SellerKind { merchant, distributor, individual };
constexpr auto enum_names(SellerKind) {
    return std::array<std::string_view, 3>{"MERCHANT", "DISTRIBUTOR", "INDIVIDUAL"};
}

/// How a product is taxed (C-19). Only VAT16 carries tax.
enum class TaxCode { vat16, zero_rated, exempt, export_zero, turnover };
constexpr auto enum_names(TaxCode) {
    return std::array<std::string_view, 5>{"VAT16", "ZERO", "EXEMPT", "EXPORT", "TOT"};
}
/// The VAT rate that follows from a tax code: 0.16 for VAT16, 0 for the others (ZRA-16, C-19).
constexpr Rate vat_rate(TaxCode code) { return code == TaxCode::vat16 ? Rate{160'000} : Rate{0}; }

/// Whether, and how, a confirmed order is invoiced: the flags at that moment (ZRA-02, C-36).
enum class Invoicing { off, mock, live };
constexpr auto enum_names(Invoicing) {
    return std::array<std::string_view, 3>{"OFF", "MOCK", "LIVE"};
}

/// Degrees in millionths, so that no floating point enters the domain.
struct Location {
    std::int64_t lat_e6 = 0;
    std::int64_t lng_e6 = 0;
    static constexpr auto fields() {
        return std::tuple{field("latE6", &Location::lat_e6), field("lngE6", &Location::lng_e6)};
    }
    friend bool operator==(const Location&, const Location&) = default;
};

/// Where an order goes, and the name on the invoice (ORD-25). Sealed as a whole.
struct DeliveryAddress {
    PublicText first_name;
    PublicText last_name;
    PublicText line1;
    PublicText city;
    std::optional<PublicText> province;
    PublicText phone;
    std::optional<Location> location;
    static constexpr auto fields() {
        return std::tuple{
            field("firstName", &DeliveryAddress::first_name),
            field("lastName", &DeliveryAddress::last_name),
            field("line1", &DeliveryAddress::line1),
            field("city", &DeliveryAddress::city),
            field("province", &DeliveryAddress::province),
            field("phone", &DeliveryAddress::phone),
            field("location", &DeliveryAddress::location)
        };
    }
    friend bool operator==(const DeliveryAddress&, const DeliveryAddress&) = default;
};

/// From this quantity on, the unit costs this much (PRC-04, SET-10).
struct WholesaleTier {
    std::int64_t min_quantity = 0;
    Money price;
    static constexpr auto fields() {
        return std::tuple{
            field("minQuantity", &WholesaleTier::min_quantity),
            field("price", &WholesaleTier::price)
        };
    }
    friend bool operator==(const WholesaleTier&, const WholesaleTier&) = default;
};

/// One line of an order, frozen when it is placed: what was decided by the product itself.
struct OrderLine {
    ItemId item;
    ProductId product;
    ShopId shop;
    PublicText name;
    PublicText item_code;
    TaxCode tax_code = TaxCode::vat16;
    std::int64_t quantity = 0;
    Money unit_price;
    Money line_total;
    Money vat;
    std::optional<WholesaleTier> tier;
    Rate commission;
    static constexpr auto fields() {
        return std::tuple{
            field("item", &OrderLine::item),
            field("product", &OrderLine::product),
            field("shop", &OrderLine::shop),
            field("name", &OrderLine::name),
            field("itemCode", &OrderLine::item_code),
            field("taxCode", &OrderLine::tax_code),
            field("quantity", &OrderLine::quantity),
            field("unitPrice", &OrderLine::unit_price),
            field("lineTotal", &OrderLine::line_total),
            field("vat", &OrderLine::vat),
            field("tier", &OrderLine::tier),
            field("commission", &OrderLine::commission)
        };
    }
    friend bool operator==(const OrderLine&, const OrderLine&) = default;
};

/// Units of a product that a try holds, as far as a process needs to know them.
struct HeldUnits {
    ProductId product;
    std::int64_t quantity = 0;
    static constexpr auto fields() {
        return std::tuple{
            field("product", &HeldUnits::product), field("quantity", &HeldUnits::quantity)
        };
    }
    friend bool operator==(const HeldUnits&, const HeldUnits&) = default;
};

/// What one order line is worth to its shop and to the platform (SET-06..SET-08):
/// vendor_amount + platform_fee = gross, to the ngwee.
struct SettlementShare {
    ItemId item;
    ShopId shop;
    Money gross;
    Money platform_fee;
    Money vendor_amount;
    static constexpr auto fields() {
        return std::tuple{
            field("item", &SettlementShare::item),
            field("shop", &SettlementShare::shop),
            field("gross", &SettlementShare::gross),
            field("platformFee", &SettlementShare::platform_fee),
            field("vendorAmount", &SettlementShare::vendor_amount)
        };
    }
    friend bool operator==(const SettlementShare&, const SettlementShare&) = default;
};

/// A line inside a shop's account: which order line, and the shop's share of it.
struct AccountLine {
    OrderId order;
    ItemId item;
    Money amount;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &AccountLine::order),
            field("item", &AccountLine::item),
            field("amount", &AccountLine::amount)
        };
    }
    friend bool operator==(const AccountLine&, const AccountLine&) = default;
};

/// What a provider said when it refused or failed: its own code and text.
struct ProviderFailure {
    PublicText code;
    PublicText message;
    static constexpr auto fields() {
        return std::tuple{
            field("code", &ProviderFailure::code), field("message", &ProviderFailure::message)
        };
    }
    friend bool operator==(const ProviderFailure&, const ProviderFailure&) = default;
};

}  // namespace pakashop
