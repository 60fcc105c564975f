/// The stores that tests run on stand in a target of their own, which a desk's tests can have without building the
/// whole house.
@_exported import StoreKit
