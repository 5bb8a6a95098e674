#pragma once

#include <variant>

#include "events/words.hpp"

/// A seller: who it is, whether it may trade, how it is paid and taxed. Key: the shop.
namespace pakashop {

/// A person asks to sell (CAT-01, CAT-02).
struct ShopApplied {
    static constexpr std::string_view type = "shop.applied.v1";  // Stored for ever.
    ShopId shop;
    UserId owner;
    PublicText name;
    SellerKind seller_kind{};
    std::optional<PublicText> tpin;
    Sealed<PublicText> address;
    Sealed<PublicText> phone;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &ShopApplied::shop),
            field("owner", &ShopApplied::owner),
            field("name", &ShopApplied::name),
            field("sellerKind", &ShopApplied::seller_kind),
            field("tpin", &ShopApplied::tpin),
            field("address", &ShopApplied::address),
            field("phone", &ShopApplied::phone),
            field("at", &ShopApplied::at)
        };
    }
    friend bool operator==(const ShopApplied&, const ShopApplied&) = default;
};
static_assert(lists_every_member<ShopApplied>);

/// An admin lets the shop trade; its TPIN is checked from here.
struct ShopApproved {
    static constexpr std::string_view type = "shop.approved.v1";  // Stored for ever.
    ShopId shop;
    UserId owner;
    std::optional<PublicText> tpin;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &ShopApproved::shop),
            field("owner", &ShopApproved::owner),
            field("tpin", &ShopApproved::tpin),
            field("at", &ShopApproved::at)
        };
    }
    friend bool operator==(const ShopApproved&, const ShopApproved&) = default;
};
static_assert(lists_every_member<ShopApproved>);

/// An admin declined the application.
struct ShopRejected {
    static constexpr std::string_view type = "shop.rejected.v1";  // Stored for ever.
    ShopId shop;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &ShopRejected::shop), field("reason", &ShopRejected::reason)
        };
    }
    friend bool operator==(const ShopRejected&, const ShopRejected&) = default;
};
static_assert(lists_every_member<ShopRejected>);

/// The shop may not trade for now.
struct ShopSuspended {
    static constexpr std::string_view type = "shop.suspended.v1";  // Stored for ever.
    ShopId shop;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &ShopSuspended::shop), field("reason", &ShopSuspended::reason)
        };
    }
    friend bool operator==(const ShopSuspended&, const ShopSuspended&) = default;
};
static_assert(lists_every_member<ShopSuspended>);

/// A suspended shop trades again.
struct ShopActivated {
    static constexpr std::string_view type = "shop.activated.v1";  // Stored for ever.
    ShopId shop;
    static constexpr auto fields() { return std::tuple{field("shop", &ShopActivated::shop)}; }
    friend bool operator==(const ShopActivated&, const ShopActivated&) = default;
};
static_assert(lists_every_member<ShopActivated>);

/// Where the shop is paid (SET-11).
struct PayoutMethodSet {
    static constexpr std::string_view type = "shop.payout_method_set.v1";  // Stored for ever.
    ShopId shop;
    Operator network{};
    Sealed<PublicText> phone;
    PublicText masked;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &PayoutMethodSet::shop),
            field("provider", &PayoutMethodSet::network),
            field("phone", &PayoutMethodSet::phone),
            field("masked", &PayoutMethodSet::masked),
            field("at", &PayoutMethodSet::at)
        };
    }
    friend bool operator==(const PayoutMethodSet&, const PayoutMethodSet&) = default;
};
static_assert(lists_every_member<PayoutMethodSet>);

/// The tax registry's word on the shop's TPIN (ZRA-24).
struct TpinChecked {
    static constexpr std::string_view type = "shop.tpin_checked.v1";  // Stored for ever.
    ShopId shop;
    PublicText tpin;
    bool valid = false;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &TpinChecked::shop),
            field("tpin", &TpinChecked::tpin),
            field("valid", &TpinChecked::valid),
            field("at", &TpinChecked::at)
        };
    }
    friend bool operator==(const TpinChecked&, const TpinChecked&) = default;
};
static_assert(lists_every_member<TpinChecked>);

/// An order's invoice has its seller: a valid TPIN, from whose series it takes a number.
struct SellerSettled {
    static constexpr std::string_view type = "shop.seller_settled.v1";  // Stored for ever.
    ShopId shop;
    InvoiceId invoice;
    OrderId order;
    PublicText tpin;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &SellerSettled::shop),
            field("invoice", &SellerSettled::invoice),
            field("order", &SellerSettled::order),
            field("tpin", &SellerSettled::tpin),
            field("at", &SellerSettled::at)
        };
    }
    friend bool operator==(const SellerSettled&, const SellerSettled&) = default;
};
static_assert(lists_every_member<SellerSettled>);

/// An order's invoice waits: the shop has no valid TPIN (C-37).
struct SellerUnknown {
    static constexpr std::string_view type = "shop.seller_unknown.v1";  // Stored for ever.
    ShopId shop;
    InvoiceId invoice;
    OrderId order;
    PublicText tpin;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &SellerUnknown::shop),
            field("invoice", &SellerUnknown::invoice),
            field("order", &SellerUnknown::order),
            field("tpin", &SellerUnknown::tpin)
        };
    }
    friend bool operator==(const SellerUnknown&, const SellerUnknown&) = default;
};
static_assert(lists_every_member<SellerUnknown>);

/// Every event of this family; the variant is the registry.
using ShopEvent = std::variant<
    ShopApplied,
    ShopApproved,
    ShopRejected,
    ShopSuspended,
    ShopActivated,
    PayoutMethodSet,
    TpinChecked,
    SellerSettled,
    SellerUnknown>;

}  // namespace pakashop
