/** The rounded square of the window ring, clockwise from the top, in a 50 × 50 box. */
export const RING_PATH =
  'M25 1.6h7.2a16.2 16.2 0 0 1 16.2 16.2v14.4a16.2 16.2 0 0 1-16.2 16.2H17.8A16.2 16.2 0 0 1 1.6 32.2V17.8A16.2 16.2 0 0 1 17.8 1.6Z'
