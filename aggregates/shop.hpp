#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/sealed_at.hpp"
#include "events/shop.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// Invoices one commit of a shop settles at most, so that it fits a record.
constexpr std::size_t settled_per_commit_max = 500;
/// The last settled invoices a shop remembers, to know a repeated request.
constexpr std::size_t settled_kept_max = 256;

/// A seller.
/// Stream: shop:<shop>; key: the shop.
struct Shop {
    /// Where the shop is paid.
    struct PayoutMethod {
        Operator network{};
        SealedAt<PublicText> phone;
        PublicText masked;
        static constexpr auto fields() {
            return std::tuple{
                field("provider", &PayoutMethod::network),
                field("phone", &PayoutMethod::phone),
                field("masked", &PayoutMethod::masked)
            };
        }
        friend bool operator==(const PayoutMethod&, const PayoutMethod&) = default;
    };
    /// Who sells. Personal fields are sealed under the owner, and open (`open_at`) as `address` and
    /// `phone`; so does the payout method's.
    struct Profile {
        ShopId shop;
        UserId owner;
        PublicText name;
        SellerKind seller_kind{};
        ShopStatus status{};
        std::optional<PublicText> tpin;
        TpinStatus tpin_status{};
        SealedAt<PublicText> address;
        SealedAt<PublicText> phone;
        std::optional<PayoutMethod> payout_method;  ///< Absent only inside the first commit.
        static constexpr auto fields() {
            return std::tuple{
                field("shop", &Profile::shop),
                field("owner", &Profile::owner),
                field("name", &Profile::name),
                field("sellerKind", &Profile::seller_kind),
                field("status", &Profile::status),
                field("tpin", &Profile::tpin),
                field("tpinStatus", &Profile::tpin_status),
                field("address", &Profile::address),
                field("phone", &Profile::phone),
                field("payoutMethod", &Profile::payout_method)
            };
        }
        friend bool operator==(const Profile&, const Profile&) = default;
    };
    /// An invoice that needs this shop as its seller.
    struct SoldInvoice {
        InvoiceId invoice;
        OrderId order;
        static constexpr auto fields() {
            return std::tuple{
                field("invoice", &SoldInvoice::invoice), field("order", &SoldInvoice::order)
            };
        }
        friend bool operator==(const SoldInvoice&, const SoldInvoice&) = default;
    };
    struct State {
        std::int64_t version = 0;  ///< Events so far.
        std::optional<Profile> profile;
        std::vector<SoldInvoice> waiting;       ///< For a valid TPIN, oldest first (C-37).
        std::vector<InvoiceId> settled_lately;  ///< The last `settled_kept_max`, oldest first.
        static constexpr auto fields() {
            return std::tuple{
                field("version", &State::version),
                field("profile", &State::profile),
                field("waiting", &State::waiting),
                field("settledLately", &State::settled_lately)
            };
        }
        friend bool operator==(const State&, const State&) = default;
    };

    /// Applies; the payout method comes with it.
    struct Apply {
        ShopId shop;
        UserId owner;
        PublicText name;
        SellerKind seller_kind;
        std::optional<PublicText> tpin;
        Sealed<PublicText> address;
        Sealed<PublicText> phone;
        Operator network;
        Sealed<PublicText> payout_phone;
        PublicText masked;
        Instant now;
    };
    /// PENDING → ACTIVE.
    struct Approve {
        Instant now;
    };
    /// PENDING → REJECTED.
    struct Reject {
        PublicText reason;
    };
    /// ACTIVE → SUSPENDED.
    struct Suspend {
        PublicText reason;
    };
    /// SUSPENDED → ACTIVE.
    struct Activate {};
    /// Where the shop is paid from the next payout on. A repeat is known by its command id only:
    /// sealed numbers cannot be compared.
    struct SetPayoutMethod {
        Operator network;
        Sealed<PublicText> phone;
        PublicText masked;
        Instant now;
    };
    /// The registry's word; total. About another TPIN than the shop's: nothing. A valid one settles
    /// the waiting invoices (C-37), `settled_per_commit_max` at a time: the process on TpinChecked
    /// sends the word again until none is left.
    struct RecordTpin {
        PublicText tpin;
        bool valid;
        Instant now;
    };
    /// From the process on InvoiceRequested; total. Without a valid TPIN, unchecked ones included,
    /// the invoice waits.
    struct SettleSeller {
        InvoiceId invoice;
        OrderId order;
        Instant now;
    };
    using Command = std::variant<
        Apply,
        Approve,
        Reject,
        Suspend,
        Activate,
        SetPayoutMethod,
        RecordTpin,
        SettleSeller>;

    using Event = ShopEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found, illegal_transition };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 2>{"not_found", "illegal_transition"};
    }

    static constexpr std::string_view category = "shop";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};
static_assert(Decider<Shop>);
static_assert(lists_every_member<Shop::State>);
static_assert(lists_every_member<Shop::PayoutMethod>);
static_assert(lists_every_member<Shop::Profile>);
static_assert(lists_every_member<Shop::SoldInvoice>);

}  // namespace pakashop
