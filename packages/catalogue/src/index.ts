export { catalogueOffers, type CatalogueOffer, cataloguePlatforms, heldFigures } from './catalogue.ts';
export { type Article, type Figure, type HeldFigure, type Market, type Source } from './figure.ts';
export { type Compared, faultOf } from './rules.ts';
